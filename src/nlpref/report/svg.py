"""Figures as inline SVG that follows the page: its fonts, its colours, light or dark."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.figure import Figure

__all__ = ["ACCENT", "GRID", "INK", "MUTED", "PAPER", "figure", "page_style", "to_svg"]

INK, MUTED, ACCENT, GRID, PAPER = "#010101", "#020202", "#030303", "#040404", "#050505"
"""Stand-ins that ``to_svg`` replaces by the page's colours."""

_VARIABLES: Mapping[str, str] = {
    INK: "var(--ink)", MUTED: "var(--muted)", ACCENT: "var(--accent)", GRID: "var(--line)", PAPER: "var(--paper)",
}  # fmt: skip
_POINTS_PER_INCH = 72
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "nlpref",
    "font.family": "sans-serif",
    "font.size": 12,
    "text.parse_math": False,
}
_NO_METADATA: Mapping[str, None] = {"Date": None, "Creator": None, "Format": None, "Type": None}


@contextmanager
def page_style() -> Iterator[None]:
    """Text stays text, is not read as mathematics, and may be in any script: the browser has the font, not matplotlib."""
    with rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support", category=UserWarning)
        yield


def figure(width: int, height: int) -> Figure:
    """An empty figure whose units on the page are pixels."""
    size = (width / _POINTS_PER_INCH, height / _POINTS_PER_INCH)
    return Figure(figsize=size, dpi=_POINTS_PER_INCH, layout="constrained")


def to_svg(drawn: Figure, name: str, description: str) -> Markup:
    """A figure as an SVG element.

    Args:
        drawn: The figure, drawn in the stand-in colours under ``page_style``.
        name: Keeps the element's ids apart from those of other figures on the page.
        description: What a reader who cannot see it should know.
    """
    stream = io.StringIO()
    drawn.savefig(stream, format="svg", transparent=True, metadata=dict(_NO_METADATA))
    text = stream.getvalue()
    head, _, body = text[text.index("<svg") :].partition(">")
    box = re.search(r'viewBox="[^"]*"', head)
    body = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = body.replace("url(#", f"url(#{name}-").replace('xlink:href="#', f'href="#{name}-')
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, variable)
    return Markup(f'<svg {box[0] if box else ""} role="img" aria-label="{escape(description)}">{body}')
