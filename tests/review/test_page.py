"""The page in a real browser, by keyboard and mouse."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest

from nlpref.data.answers import read_answers
from nlpref.review.journal import Journal
from nlpref.review.queue import Item, Sentence
from nlpref.review.server import ReviewServer
from nlpref.review.session import Session
from nlpref.types import Span

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")]
HOSTILE = "<img/src=x/onerror=document.title='broken'>"


def item(text: str, *spans: Span, candidates: tuple[Span, ...] = ()) -> Item:
    words = tuple(text.split())
    return Item(Sentence(words[0], words, ("", *[" "] * (len(words) - 1))), spans, candidates, 0.5)


ITEMS = [
    item("Ann went to New York", Span(0, 1, "city", 0.5), Span(3, 4, "city", 0.7), candidates=(Span(0, 1, "person", 0.4),)),
    item(f"see {HOSTILE} Bob", candidates=(Span(2, 3, "person", 0.3),)),
    item("the old town of Ulm", Span(4, 5, "city", 0.95)),
    item("nothing here", Span(0, 1, "city", 0.2)),
]


def driver() -> ModuleType:
    """The module beside this one."""
    found = importlib.util.spec_from_file_location("review_browser", Path(__file__).with_name("browser.py"))
    assert found is not None
    assert found.loader is not None
    made = importlib.util.module_from_spec(found)
    found.loader.exec_module(made)
    return made


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReviewServer]:
    with Journal(tmp_path / "reviewed.jsonl") as journal, ReviewServer(Session(ITEMS, journal, ("city", "person"))) as made:
        thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_a_person_reviews(server: ReviewServer, tmp_path: Path) -> None:
    chromium = driver()
    assert PROGRAM is not None
    browser = chromium.Browser(PROGRAM, tmp_path / "profile")
    try:
        browser.call("Page.navigate", url=server.address)
        browser.wait("document.querySelectorAll('.span').length === 2")
        assert browser.run("document.querySelector('.current').textContent") == "Anncity 0.50"
        browser.press("2")  # a person, not a city
        browser.press("Tab")
        browser.wait("document.querySelector('.current').textContent.startsWith('New')")
        browser.press("ArrowRight", modifiers=chromium.SHIFT)  # New York
        browser.wait("document.querySelector('.current').textContent.startsWith('New York')")
        browser.press("Enter")

        browser.wait("document.querySelector('.maybe')")
        assert browser.run("document.title") == "Review"
        assert browser.run("document.querySelector('.sentence').textContent").startswith(f"see {HOSTILE} Bob")
        assert browser.run("document.images.length") == 0
        browser.press(" ")  # takes the suggestion
        browser.wait("!document.querySelector('.maybe') && document.querySelector('.current')")
        browser.press("a")

        browser.wait("document.querySelector('.sentence').textContent.startsWith('the old')")
        old, town = (
            browser.run(
                f"(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelectorAll('.word')[{n}].getBoundingClientRect())"
            )
            for n in (1, 2)
        )
        browser.drag(old, town)
        browser.wait("document.querySelectorAll('.picked').length === 2")
        browser.press("1")
        browser.wait("document.querySelectorAll('.span').length === 2")
        browser.press("ArrowRight", modifiers=chromium.ALT)  # town
        browser.wait("document.querySelector('.current').textContent.startsWith('town')")
        browser.press("Enter")

        browser.wait("document.querySelector('.sentence').textContent.startsWith('nothing')")
        browser.press("?")
        browser.wait("document.querySelector('dialog').open")
        browser.press("Escape")
        browser.wait("!document.querySelector('dialog').open")
        browser.press("x")
        browser.wait("!document.querySelector('.span')")
        browser.press("Enter")
        browser.wait("!document.querySelector('#end').hidden")
        browser.press("u")
        browser.wait("document.querySelector('#end').hidden && !document.querySelector('.span')")
        browser.press("r")
        browser.wait("document.querySelector('.span')")
        browser.press("s")
        browser.wait("!document.querySelector('#end').hidden")
        assert "skipped" in browser.run("document.querySelector('.status').textContent")
        assert browser.complaints == []
    finally:
        browser.close()
    found = [(one.verdict, [(s.start, s.end, s.label) for s in one.spans]) for one in read_answers(tmp_path / "reviewed.jsonl")]
    assert found == [
        ("corrected", [(0, 1, "person"), (3, 5, "city")]),
        ("corrected", [(2, 3, "person")]),
        ("corrected", [(2, 3, "city"), (4, 5, "city")]),
        ("rejected", []),
        ("undone", []),
        ("skipped", []),
    ]
