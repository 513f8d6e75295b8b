"""Text as it comes: of all scripts, with marks, joiners, controls, and whatever else is hard to split."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = (
    "Ann lives in New York now.", "in Oslo you can meet Bob !", "Dr. No. 5 ", "e.g. ", "I.", "don't ", "Anna\u2019s", "@handle",
    "#hashtag", "#1", "https://example.com/a?b=1.", "www.", "a@b.co", "WF-482913", "\xa379.99", "3.7.", "U.S. ", "1. ",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea", "1\ufe0f\u20e3", "\u200d",
    "\ufeff", "e\u0301", "\u0301", "\u0928\u092e\u0938\u094d\u0924\u0947\u0964 ", "\u05e9\u05dc\u05d5\u05dd",
    "\u0645\u0631\u062d\u0628\u0627\u061f ", "\u6211\u5728\u5317\u4eac\u3002", "\u300c\u306f\u3044\uff01\u300d",
    "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\0", "\x1b[0m", "\x85", "\u2028", "\u2029", "\u3000", "\xa0", "\x1c",
    " ", "  ", "\n", "\r\n", "\r", "\n\n", "\t", "\x0c", ". ", "! ", "?\u201d ", "...", "\u2026 ", "A", "b", "7", "(", ")",
    "\"", ":-)", "<3",
)  # fmt: skip

texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=25).map("".join)
"""Any characters but halves of surrogate pairs."""
blocks = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=25)
