"""Downloads over a real connection: whole and verified, or nothing at all."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from nlpref.data import download as module
from nlpref.data.download import download
from nlpref.errors import MissingResourceError, StorageError

CONTENT = os.urandom(200_000)
SUM = hashlib.sha256(CONTENT).hexdigest()


def everything(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_good_bytes_arrive(server: Any, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "file.bin"
    download(server.serve("/file", CONTENT), path, len(CONTENT), SUM)
    assert path.read_bytes() == CONTENT
    assert everything(tmp_path) == ["deep", "er", "file.bin"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_redirects_are_followed(server: Any, tmp_path: Path) -> None:
    def elsewhere(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", "/file")
        request.end_headers()

    server.pages["/old"] = elsewhere
    server.serve("/file", CONTENT)
    download(server.url("/old"), tmp_path / "file.bin", len(CONTENT), SUM)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT
    assert server.requests == ["/old", "/file"]


def test_a_local_address(tmp_path: Path) -> None:
    (tmp_path / "a b").write_bytes(CONTENT)
    download((tmp_path / "a b").as_uri(), tmp_path / "file.bin", len(CONTENT), SUM)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "content",
    [CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]), CONTENT + b"more", CONTENT[:-1], b"<html>Sign in</html>", b""],
    ids=["a bit", "longer", "shorter", "a page", "nothing"],
)
def test_wrong_bytes_are_refused_and_leave_nothing(server: Any, tmp_path: Path, content: bytes) -> None:
    url = server.serve("/file", content)
    with pytest.raises(StorageError, match=rf"{url} is not the published file, so it was not kept: sha256 .*expected {SUM}"):
        download(url, tmp_path / "deep" / "file.bin", len(CONTENT), SUM)
    assert everything(tmp_path) == []


def test_wrong_bytes_leave_what_was_there(server: Any, tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(b"old")
    with pytest.raises(StorageError):
        download(server.serve("/file", b"x" * len(CONTENT)), tmp_path / "file.bin", len(CONTENT), SUM)
    assert (tmp_path / "file.bin").read_bytes() == b"old"
    assert everything(tmp_path) == ["file.bin"]


def test_no_more_than_a_block_too_much_is_read(server: Any, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"\((\d+) bytes\), expected") as caught:
        download(server.serve("/file", b"x" * 30_000_000), tmp_path / "file.bin", 10, SUM)
    assert int(str(caught.value).partition(" bytes)")[0].rpartition("(")[2]) <= 10 + (1 << 16)


@pytest.mark.parametrize("stated", [len(CONTENT), None], ids=["announced", "not announced"])
def test_a_transfer_that_breaks_off(server: Any, tmp_path: Path, stated: int | None) -> None:
    def breaking(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        if stated is not None:
            request.send_header("Content-Length", str(stated))
        request.end_headers()
        request.wfile.write(CONTENT[:1000])

    server.pages["/file"] = breaking
    url = server.url("/file")
    with pytest.raises(MissingResourceError, match=rf"the download of {url} broke off after 1000 of 200000 bytes; run it again"):
        download(url, tmp_path / "deep" / "file.bin", len(CONTENT), SUM)
    assert everything(tmp_path) == []
    download(server.serve("/file", CONTENT), tmp_path / "deep" / "file.bin", len(CONTENT), SUM)
    assert (tmp_path / "deep" / "file.bin").read_bytes() == CONTENT


def test_absent_pages(server: Any, tmp_path: Path) -> None:
    expected = r"could not download http://127.*/gone \(HTTPError: HTTP Error 404: Not Found\)"
    with pytest.raises(MissingResourceError, match=expected) as caught:
        download(server.url("/gone"), tmp_path / "deep" / "file.bin", len(CONTENT), SUM)
    assert isinstance(caught.value.__cause__, HTTPError)
    assert caught.value.__cause__.closed  # else its connection stays open
    assert everything(tmp_path) == []


def test_no_server(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/file"
        with pytest.raises(MissingResourceError, match=rf"could not download {url} \(URLError: .*refused"):
            download(url, tmp_path / "deep" / "file.bin", len(CONTENT), SUM)
    assert everything(tmp_path) == []


def test_a_server_that_falls_silent(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def silent(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(CONTENT[:1000])
        request.wfile.flush()
        over.wait(10)

    server.pages["/file"] = silent
    monkeypatch.setattr(module, "_TIMEOUT_S", 0.2)
    with pytest.raises(MissingResourceError, match="TimeoutError: timed out"):
        download(server.url("/file"), tmp_path / "file.bin", len(CONTENT), SUM)
    over.set()
    assert everything(tmp_path) == []


def test_no_room_to_write(server: Any, tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    url = server.serve("/file", CONTENT)
    with pytest.raises(
        StorageError, match=r"cannot write .*taken/file\.bin \(.*\); set NLPREF_CACHE to a folder that can be written"
    ):
        download(url, tmp_path / "taken" / "file.bin", len(CONTENT), SUM)
    (tmp_path / "folder.bin" / "inside").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"cannot write .*folder\.bin \(.*\); free some space, or set NLPREF_CACHE"):
        download(url, tmp_path / "folder.bin", len(CONTENT), SUM)
    assert everything(tmp_path) == ["folder.bin", "inside", "taken"]


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_then_started_again(server: Any, tmp_path: Path, way: signal.Signals) -> None:
    half, over = threading.Event(), threading.Event()

    def slow(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(CONTENT[:100_000])
        request.wfile.flush()
        half.set()
        over.wait(10)

    server.pages["/file"] = slow
    path = tmp_path / "deep" / "file.bin"
    arguments = f"{server.url('/file')!r}, Path({str(path)!r}), {len(CONTENT)}, {SUM!r}"
    program = f"from pathlib import Path; from nlpref.data.download import download; download({arguments})"
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL) as process:
        assert half.wait(20)
        while not any(part.stat().st_size for part in tmp_path.rglob("*.part")):
            time.sleep(0.01)
        process.send_signal(way)
        assert process.wait(20) != 0
    over.set()
    left = everything(tmp_path)
    assert left == [] if way == signal.SIGINT else len(left) == 2  # what is killed cannot clean up
    for part in tmp_path.rglob("*.part"):
        os.utime(part, (time.time() - 7200,) * 2)
    download(server.serve("/file", CONTENT), path, len(CONTENT), SUM)
    assert path.read_bytes() == CONTENT
    assert everything(tmp_path) == ["deep", "file.bin"]


def test_parts_of_a_running_download_are_left_alone(server: Any, tmp_path: Path) -> None:
    for name in (".file.bin.abc.part", ".other.bin.abc.part"):
        (tmp_path / name).write_bytes(b"x")
    os.utime(tmp_path / ".other.bin.abc.part", (0, 0))
    download(server.serve("/file", CONTENT), tmp_path / "file.bin", len(CONTENT), SUM)
    assert everything(tmp_path) == [".file.bin.abc.part", ".other.bin.abc.part", "file.bin"]


def test_two_at_once(server: Any, tmp_path: Path) -> None:
    url = server.serve("/file", CONTENT)
    threads = [threading.Thread(target=download, args=(url, tmp_path / "a" / "file.bin", len(CONTENT), SUM)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert everything(tmp_path) == ["a", "file.bin"]


def test_progress_is_shown_when_asked_for(server: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    url = server.serve("/file", CONTENT)
    download(url, tmp_path / "one.bin", len(CONTENT), SUM, progress=False)
    download(url, tmp_path / "two.bin", len(CONTENT), SUM)  # not a terminal
    assert capfd.readouterr() == ("", "")
    download(url, tmp_path / "three.bin", len(CONTENT), SUM, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "three.bin" in err
    assert "200k" in err


def test_progress_is_shown_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(CONTENT)
    arguments = f"{(tmp_path / 'source').as_uri()!r}, Path({str(tmp_path / 'file.bin')!r}), {len(CONTENT)}, {SUM!r}"
    program = f"from pathlib import Path; from nlpref.data.download import download; download({arguments})"
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    os.set_blocking(ours, False)
    subprocess.run([sys.executable, "-c", program], stderr=theirs, check=True)
    shown = os.read(ours, 10_000)
    os.close(theirs)
    os.close(ours)
    assert b"file.bin:   0%" in shown
