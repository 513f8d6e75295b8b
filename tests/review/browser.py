"""A headless Chromium over its debugging pipe: JSON both ways, each message ended by a zero byte, and no further library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SHIFT, ALT = 8, 1
CODES = {"Enter": 13, "Tab": 9, "Escape": 27, " ": 32, "ArrowLeft": 37, "ArrowRight": 39}


class Browser:
    """One page."""

    def __init__(self, program: str, profile: Path) -> None:
        read, self._write = os.pipe()
        self._read, write = os.pipe()
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe")
        start = f"import os, sys; a, b = os.dup({read}), os.dup({write}); os.dup2(a, 3); os.dup2(b, 4); "
        start += "[os.set_inheritable(one, True) for one in (3, 4)]; os.execv(sys.argv[1], sys.argv[1:])"
        command = [sys.executable, "-c", start, program, *flags, f"--user-data-dir={profile}"]
        self._program = subprocess.Popen(
            command, pass_fds=(read, write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )  # it reads from 3 and writes to 4
        os.close(read)
        os.close(write)
        self._held, self._number, self._session = b"", 0, ""
        self.complaints: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        os.write(self._write, json.dumps({"id": self._number, "method": method, "params": params, **session}).encode() + b"\0")
        while (message := self._next()).get("id") != self._number:
            if message.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.complaints.append(message["params"])
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        found: dict[str, Any] = message["result"]
        return found

    def run(self, expression: str) -> Any:
        """The value of some JavaScript, waited for."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"])
        return found["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until some JavaScript is true, or half a minute is over."""
        met = "new Promise(r => {let n = 0; const f = () => (COND) ? r(true) : n++ > 600 ? r(false) : setTimeout(f, 50); f();})"
        if not self.run(met.replace("COND", condition)):
            raise AssertionError(f"it never came to be that {condition}; the page shows: {self.run('document.body.innerText')}")

    def press(self, *keys: str, modifiers: int = 0) -> None:
        for key in keys:
            typed = {"text": "\r" if key == "Enter" else key} if key == "Enter" or len(key) == 1 else {}
            code = CODES.get(key, ord(key[0].upper()))
            for kind in ("keyDown", "keyUp"):
                sent = typed if kind == "keyDown" else {}
                self.call("Input.dispatchKeyEvent", type=kind, key=key, modifiers=modifiers, windowsVirtualKeyCode=code, **sent)

    def drag(self, *places: Sequence[float]) -> None:
        """The left button down at the first place, up at the last."""
        for kind, place in (("mousePressed", places[0]), *(("mouseMoved", one) for one in places), ("mouseReleased", places[-1])):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", buttons=1, clickCount=1)

    def close(self) -> None:
        os.close(self._write)
        try:
            self._program.wait(20)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()
        os.close(self._read)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._held:
            block = os.read(self._read, 1 << 16)
            if not block:
                raise RuntimeError("the browser has ended")
            self._held += block
        message, _, self._held = self._held.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found
