"""Small files to read, the faults that reading them brings up, and a server to download from."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nlpref.errors import DataError


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file as given, byte for byte, and give its path."""

    def write(content: str | bytes, name: str = "data.txt") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def faults() -> Callable[[Iterable[object]], list[str]]:
    """Read to the end and give the faults without the path, as ``line 2, field 'x': found a, expected b``."""

    def faults(reading: Iterable[object]) -> list[str]:
        with pytest.raises(DataError) as caught:
            list(reading)
        found = caught.value.faults
        return [fault.partition(", " if ", " in fault.partition(": ")[0] else ": ")[2] for fault in found]

    return faults


class FileServer:
    """A real HTTP server on this machine: serves ``pages``, each as a function of the request."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.requests: list[str] = []
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.requests.append(self.path)
                if self.path in served.pages:
                    served.pages[self.path](self)
                else:
                    self.send_error(404)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def serve(self, path: str, content: bytes) -> str:
        """Serve some bytes and give their address."""

        def page(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content)

        self.pages[path] = page
        return self.url(path)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """A server on 127.0.0.1 that no proxy stands in front of."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    running = FileServer()
    yield running
    running.close()


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """An empty cache and an empty folder named by ``NLPREF_DATA``: ``(cache/data, given)``."""
    monkeypatch.setenv("NLPREF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NLPREF_DATA", str(tmp_path / "given"))
    (tmp_path / "given").mkdir()
    return tmp_path / "cache" / "data", tmp_path / "given"
