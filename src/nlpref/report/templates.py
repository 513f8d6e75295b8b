"""How templates become pages: escaped, strict about names, each page one file."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nlpref.report import titles

__all__ = ["encodable", "environment"]


def environment() -> Environment:
    """The templates of all pages."""
    made = Environment(
        loader=PackageLoader("nlpref.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["breakable"] = _breakable
    made.globals.update(titles=titles, kind_of=lambda view: type(view).__name__)
    return made


def encodable(text: str) -> str:
    """A page whose texts may hold halves of surrogate pairs, which JSON can carry and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _breakable(text: str) -> Markup:
    """Lets a long name such as ``card_payment_fee`` break after its underscores."""
    return Markup("_<wbr>").join(text.split("_"))
