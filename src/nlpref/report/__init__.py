"""Result files in, one static page out. Reads what runs wrote, and loads no model."""

from nlpref.report.page import build_report

__all__ = ["build_report"]
