"""The page and its JSON interface, on this machine alone.

Other sites that are open in the same browser must neither read texts nor give answers. So the server listens on the loopback
address; the ``Host`` must name it, which a name bent to this address (DNS rebinding) does not; ``Origin`` and
``Sec-Fetch-Site``, where a browser sends them, must be the page's own; and all but the page's program needs the token that is
drawn at each start and stands in the address that is printed.
"""

from __future__ import annotations

import hmac
import json
import math
import secrets
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nlpref.errors import InputError, NlprefError
from nlpref.review.session import Session
from nlpref.types import Span

__all__ = ["HOST", "LARGEST", "ReviewServer"]

HOST = "127.0.0.1"
LARGEST = 1 << 20
"""Bytes of a request's body."""
PATIENCE = 30
"""Seconds that a connection may be silent."""
LONGEST = 86_400.0
"""Seconds on one sentence, beyond which a clock is wrong."""
TOKEN = "X-Review-Token"
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _Refusal(Exception):
    """What is answered instead."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ReviewServer(ThreadingHTTPServer):
    """Serves one session until it is shut down.

    Args:
        session: Its journal must be open.
        port: 0 for any that is free.

    Raises:
        InputError: if the port is taken or none.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, session: Session, port: int = 0) -> None:
        self.session = session
        self.token = secrets.token_urlsafe(24)
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            raise InputError(f"port={port} of {HOST} cannot be used: {error}; give another port=") from None

    @property
    def port(self) -> int:
        """The one that it listens on."""
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        """What to open in a browser; whoever knows it can read and answer."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the midst of an answer is no fault."""


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer
    protocol_version = "HTTP/1.1"
    server_version = "nlpref"
    sys_version = ""
    timeout = PATIENCE

    def do_GET(self) -> None:
        self._guarded(self._get)

    def do_HEAD(self) -> None:
        self._guarded(self._get)

    def do_POST(self) -> None:
        self._guarded(self._post)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal shows the address and the summary."""

    def _guarded(self, respond: Any) -> None:
        try:
            self._check_origin()
            respond()
        except _Refusal as refusal:
            self._refuse(refusal.status, str(refusal))
        except InputError as error:
            self._refuse(409, str(error))
        except (NlprefError, OSError) as error:
            if isinstance(error, ConnectionError):
                raise
            self._refuse(500, f"the answer could not be written, and does not count: {error}")

    def _refuse(self, status: int, message: str) -> None:
        self.close_connection = True  # a body may be left unread
        self._send(status, {"error": message})

    def _check_origin(self) -> None:
        own = {f"{name}:{self.server.port}" for name in (HOST, "localhost")}
        host, origin, site = (self.headers.get(name) for name in ("Host", "Origin", "Sec-Fetch-Site"))
        if host not in own:
            raise _Refusal(403, f"this server is {HOST}:{self.server.port}, and was called by another name")
        if origin is not None and origin != f"http://{host}":
            raise _Refusal(403, "a page of another origin may not ask here")
        if site not in (None, "same-origin", "none"):
            raise _Refusal(403, "a page of another site may not ask here")

    def _get(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/":
            self._check_token(*parse_qs(asked.query).get("token", [""]))
            return self._page()
        self._check_token(self.headers.get(TOKEN, ""))
        if asked.path == "/api/about":
            return self._send(200, self.server.session.about())
        if asked.path in ("/api/next", "/api/progress"):
            state = self.server.session.state()
            return self._send(200, state if asked.path == "/api/next" else state["progress"])
        raise _Refusal(404, f"there is no {asked.path}")

    def _post(self) -> None:
        self._check_token(self.headers.get(TOKEN, ""))
        path = urlsplit(self.path).path
        if path not in ("/api/answer", "/api/undo"):
            raise _Refusal(404, f"there is no {path}")
        record = self._body()
        if path == "/api/undo":
            return self._send(200, self.server.session.undo())
        number, spans, seconds, skip = _read(record)
        self._send(200, self.server.session.answer(number, spans, seconds, skip=skip))

    def _check_token(self, *given: str) -> None:
        own = self.server.token.encode()
        if len(given) != 1 or not hmac.compare_digest(given[0].encode("utf-8", "replace"), own):
            raise _Refusal(403, "the token is missing or of another start; open the address that the program has printed")

    def _body(self) -> Mapping[str, Any]:
        if self.headers.get_content_type() != "application/json":
            raise _Refusal(415, "expected application/json")
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdecimal()):
            raise _Refusal(411, "expected a Content-Length")
        if int(length[:20]) > LARGEST:
            raise _Refusal(413, f"expected at most {LARGEST} bytes")
        content = self.rfile.read(int(length))
        try:
            record = json.loads(content.decode("utf-8"))
        except (ValueError, RecursionError):
            raise _Refusal(400, "expected JSON in UTF-8") from None
        if not isinstance(record, dict):
            raise _Refusal(400, "expected a JSON object")
        return record

    def _page(self) -> None:
        nonce = secrets.token_urlsafe(16)
        page = files("nlpref.review").joinpath("page.html").read_text("utf-8").replace("{{nonce}}", nonce)
        self._write(200, page.encode("utf-8"), "text/html; charset=utf-8", nonce)

    def _send(self, status: int, value: Any) -> None:
        content = json.dumps(value, ensure_ascii=True, allow_nan=False).encode("ascii")
        self._write(status, content, "application/json", "none")

    def _write(self, status: int, content: bytes, kind: str, nonce: str) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Content-Security-Policy": _POLICY.format(nonce=nonce),
            "Cache-Control": "no-store",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _read(record: Mapping[str, Any]) -> tuple[int, list[Span], float, bool]:
    """Number, spans and seconds of an answer, and whether it is none."""
    number, given, seconds, skip = (record.get(name) for name in ("number", "spans", "seconds", "skip"))
    if type(number) is not int:
        raise _Refusal(400, "number: expected a whole number")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST or math.isnan(seconds):
        raise _Refusal(400, f"seconds: expected a number from 0 to {LONGEST:g}")
    if skip not in (None, False, True) or not isinstance(given, list):
        raise _Refusal(400, "expected spans, a list, and skip, true or false")
    return number, [_span(one) for one in given], float(seconds), bool(skip)


def _span(record: Any) -> Span:
    start, end, label = (record.get(name) if isinstance(record, dict) else None for name in ("start", "end", "label"))
    if type(start) is not int or type(end) is not int or not isinstance(label, str):
        raise _Refusal(400, "a span: expected start and end, whole numbers, and label, a text")
    return Span(start, end, label)
