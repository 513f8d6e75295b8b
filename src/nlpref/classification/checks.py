"""Checks of what a classifier is trained on; they live one floor down, where decisions use them as well."""

from __future__ import annotations

from nlpref.text.checks import check_training

__all__ = ["check_training"]
