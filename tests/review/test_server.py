"""The interface over real HTTP: questions and answers, and what it refuses."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from nlpref.data.answers import read_answers
from nlpref.errors import InputError
from nlpref.review.journal import Journal
from nlpref.review.queue import Item, Sentence
from nlpref.review.server import LARGEST, TOKEN, ReviewServer
from nlpref.review.session import Session
from nlpref.types import Span

HOSTILE = "</script><img src=x onerror=alert(1)>\u2028"
ITEMS = [
    Item(Sentence("a", ("in", "Rome"), ("", " ")), (Span(1, 2, "city", 0.6),), (Span(0, 2, "city", 0.3),), 0.7),
    Item(Sentence("b", (HOSTILE, "Ann"), ("", " ")), (), (), 0.2),
    Item(Sentence("c", ("to", "Oslo"), ("", " ")), (Span(1, 2, "city", 0.9),), (), 0.1),
]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Journal(tmp_path / "reviewed.jsonl") as journal:
        yield Session(ITEMS, journal, ("city", "person"), "crf 1 2", "entropy")


@pytest.fixture
def server(session: Session) -> Iterator[ReviewServer]:
    with ReviewServer(session) as made:
        thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(
    server: ReviewServer, method: str, path: str, body: Any = None, **headers: str | None
) -> tuple[int, Any, http.client.HTTPResponse]:
    """What the server says; a header of None is not sent, one underscore in its name is a hyphen."""
    sent = {"Host": f"127.0.0.1:{server.port}", TOKEN: server.token, "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}  # type: ignore[misc]
    content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    if content is not None and "Content-Length" not in sent and "Transfer-Encoding" not in sent:
        sent["Content-Length"] = str(len(content))
    for name, value in sent.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(content)
    response = connection.getresponse()
    found = response.read()
    connection.close()
    kind = response.headers.get_content_type()
    return response.status, json.loads(found) if kind == "application/json" and found else found.decode(), response


def answer(server: ReviewServer, number: int, *spans: tuple[int, int, str], **more: Any) -> tuple[int, Any]:
    given = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    return ask(server, "POST", "/api/answer", {"number": number, "spans": given, "seconds": 2.5, **more})[:2]


def test_a_sitting(server: ReviewServer, session: Session) -> None:
    assert ask(server, "GET", "/api/about")[1]["labels"] == ["city", "person"]
    first = ask(server, "GET", "/api/next")[1]
    assert first["item"]["tokens"] == ["in", "Rome"]
    assert first["item"]["spans"] == [{"start": 1, "end": 2, "label": "city", "score": 0.6}]
    assert first["item"]["candidates"][0]["score"] == 0.3
    assert first["progress"]["left"] == 3
    assert not first["progress"]["can_undo"]
    status, second = answer(server, 0, (1, 2, "city"))
    assert (status, second["item"]["number"], second["item"]["tokens"][0]) == (200, 1, HOSTILE)
    assert answer(server, 1, (1, 2, "person"))[1]["progress"]["verdicts"] == {"accepted": 1, "corrected": 1}
    assert answer(server, 2)[1]["item"] is None
    assert ask(server, "GET", "/api/progress")[1]["verdicts"] == {"accepted": 1, "corrected": 1, "rejected": 1}
    assert session.summary() == {"verdicts": {"accepted": 1, "corrected": 1, "rejected": 1}, "seconds": 7.5, "left": 0}
    with_undo = ask(server, "POST", "/api/undo", {})[1]
    assert (with_undo["item"]["number"], with_undo["given"]) == (2, [])
    again = ask(server, "POST", "/api/undo", {})[1]
    assert [span["label"] for span in again["given"]] == ["person"]
    assert answer(server, 1, skip=True)[1]["item"]["number"] == 2
    assert ask(server, "POST", "/api/undo", {})[1]["given"] is None
    written = list(read_answers(session.journal.path))
    assert [one.verdict for one in written] == [
        "accepted", "corrected", "rejected", "undone", "undone", "skipped", "undone",
    ]  # fmt: skip
    assert (written[0].id, written[0].tokens, written[0].seconds) == ("a", ("in", "Rome"), 2.5)
    assert (written[0].model, written[0].labels, written[0].proposed[0].score) == ("crf 1 2", ("city", "person"), 0.6)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", written[0].time)
    assert session.journal.standing.keys() == {("in", "Rome")}


def test_what_does_not_fit_is_refused_and_not_recorded(server: ReviewServer, session: Session) -> None:
    assert answer(server, 1)[0] == 409  # another one is open: a second click, or a second window
    assert "0 is" in answer(server, 1)[1]["error"]
    refused = [
        answer(server, 0, (0, 3, "city")),
        answer(server, 0, (0, 2, "city"), (1, 2, "city")),
        answer(server, 0, (0, 1, "god")),
        answer(server, 0, (1, 1, "city")),
        ask(server, "POST", "/api/undo", {})[:2],
    ]
    assert [status for status, _ in refused] == [409] * 5
    bad = {"number": 0, "spans": [], "seconds": 1.0}
    wrong: list[Any] = [b"{", b"\xff", b"[]", b"[" * 100_000, b'{"number": 0, "spans": [], "seconds": NaN}']
    wrong += [{**bad, "number": number} for number in ("0", True, None)]
    wrong += [{**bad, "seconds": seconds} for seconds in (-1, 1e9, None, "1")]
    wrong += [{**bad, "spans": spans} for spans in ({}, [3], [{"start": 0.0, "end": 1, "label": "city"}])]
    wrong += [{**bad, "skip": "yes"}]
    for body in wrong:
        assert ask(server, "POST", "/api/answer", body)[0] == 400, body
    assert ask(server, "GET", "/api/nothing")[0] == ask(server, "POST", "/api/next", {})[0] == 404
    assert ask(server, "PUT", "/api/answer", {})[0] == 501
    assert session.journal.answers == []


def test_other_sites_and_other_names_are_kept_out(server: ReviewServer, session: Session) -> None:
    port, body = server.port, {"number": 0, "spans": [], "seconds": 1}
    outside: list[dict[str, str | None]] = [
        {"Host": f"evil.example:{port}"},  # DNS rebinding
        {"Host": "127.0.0.1"},
        {"Host": None},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{port + 1}"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},  # another port of this machine
        {TOKEN: None},
        {TOKEN: "guess"},
        {TOKEN: "\xff"},
    ]
    for headers in outside:
        for method, path in (("POST", "/api/answer"), ("POST", "/api/undo"), ("GET", "/api/next")):
            status, found, _ = ask(server, method, path, body if method == "POST" else None, **headers)
            assert status == 403, headers
            assert "Rome" not in json.dumps(found)
    assert ask(server, "POST", "/api/answer", body, Content_Type="text/plain")[0] == 415  # what a form may send
    assert session.journal.answers == []
    own = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}", "Sec_Fetch_Site": "same-origin"}
    assert ask(server, "POST", "/api/answer", body, **own)[0] == 200


def test_large_and_endless_bodies_are_not_read(server: ReviewServer) -> None:
    assert ask(server, "POST", "/api/answer", b"", **{"Content-Length": str(LARGEST + 1)})[0] == 413
    assert ask(server, "POST", "/api/answer", b"", **{"Content-Length": "9" * 500})[0] == 413
    assert ask(server, "POST", "/api/answer", b"", **{"Content-Length": "-1"})[0] == 411
    assert ask(server, "POST", "/api/answer", b"", **{"Transfer-Encoding": "chunked"})[0] == 411
    with socket.create_connection(("127.0.0.1", server.port)) as silent:  # one that says nothing keeps nobody waiting
        silent.sendall(b"POST /api/answer HTTP/1.1\r\n")
        assert ask(server, "GET", "/api/next")[0] == 200


def test_the_page_is_one_file_that_runs_only_its_own_program(server: ReviewServer) -> None:
    status, page, response = ask(server, "GET", f"/?token={server.token}", **{TOKEN: None})
    assert status == 200
    policy = response.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", policy)
    assert nonce is not None
    assert page.count(f'nonce="{nonce[1]}"') == page.count("nonce=") == 2
    assert "{{" not in page
    assert server.token not in page
    assert not re.findall(
        r"(?:https?:)?//\w|@import|url\(|\bon\w+=|style=|innerHTML|insertAdjacent|document\.write|eval\(",
        page.replace("// Texts", ""),
    )
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in response.headers
    for query in ("", "?token=", "?token=guess", f"?token={server.token}&token=guess"):
        assert ask(server, "GET", f"/{query}")[0] == 403
    assert ask(server, "HEAD", f"/?token={server.token}")[1] == ""
    assert nonce[1] not in ask(server, "GET", f"/?token={server.token}")[1]


def test_it_listens_here_alone_and_says_when_a_port_is_taken(server: ReviewServer, session: Session) -> None:
    assert server.server_address[0] == "127.0.0.1"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match=rf"port={taken.getsockname()[1]} of 127.0.0.1 cannot be used"):
            ReviewServer(session, taken.getsockname()[1])


def test_when_the_disk_is_full_the_question_stays_open(
    server: ReviewServer, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(session.journal, "add", full)
        status, found = answer(server, 0)
    assert status == 500
    assert "does not count" in found["error"]
    assert ask(server, "GET", "/api/next")[1]["item"]["number"] == 0
