"""A real Chromium, driven over its DevTools protocol: just what looking at one page takes."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import websockets.sync.client

from harness import TIMEOUT, until

FLAGS = [
    "--headless=new",
    "--no-sandbox",  # root, in containers
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
]


class Browser:
    def __init__(self) -> None:
        program = shutil.which("chromium")
        assert program, "chromium is not installed; tools/test installs it"
        self._folder = tempfile.mkdtemp(prefix="parley-chromium-")
        self._process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={self._folder}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        told = Path(self._folder, "DevToolsActivePort")
        port, path = until(lambda: told.exists() and len(told.read_text().split()) == 2 and told.read_text().split(), "Chromium started")
        self._socket = websockets.sync.client.connect(
            f"ws://127.0.0.1:{port}{path}", max_size=None, compression=None, open_timeout=TIMEOUT, proxy=None, legacy=True
        )
        self._numbers = itertools.count(1)
        self._messages: dict[str | None, list[str]] = {}

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._socket.send(json.dumps(message))
        while (answer := json.loads(self._socket.recv(TIMEOUT))).get("id") != number:
            self._note(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def _note(self, event: dict[str, Any]) -> None:
        """Keeps what a page complained about: exceptions, console errors, a policy that was broken."""
        parameters = event.get("params", {})
        text = None
        if event.get("method") == "Runtime.exceptionThrown":
            text = parameters["exceptionDetails"].get("exception", {}).get("description") or parameters["exceptionDetails"]["text"]
        elif event.get("method") == "Runtime.consoleAPICalled" and parameters["type"] == "error":
            text = str(parameters["args"])
        elif event.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            text = parameters["entry"]["text"]
        if text:
            self._messages.setdefault(event.get("sessionId"), []).append(text)

    def window(self, url: str, width: int = 480, height: int = 640, dark: bool = False) -> Window:
        """A window of its own: no storage shared with the others."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context, width=width, height=height)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Window(self, session, url, width, height, dark)

    def complaints(self, session: str) -> list[str]:
        return self._messages.get(session, [])

    def close(self) -> None:
        self._socket.close()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Window:
    def __init__(self, browser: Browser, session: str, url: str, width: int, height: int, dark: bool):
        self._browser, self._session = browser, session
        for domain in ("Runtime", "Log", "Page"):
            self._call(f"{domain}.enable")
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2, mobile=False)
        scheme = "dark" if dark else "light"
        self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self._call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **parameters)

    def js(self, expression: str) -> Any:
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, expression: str) -> Any:
        return until(lambda: self.js(expression), f"{expression}; the page shows: {self.js('document.body?.innerText')}")

    def sees(self, text: str) -> None:
        self.wait(f"document.body.innerText.includes({json.dumps(text)})")

    def type(self, selector: str, text: str, enter: bool = True) -> None:
        self.js(f"document.querySelector({json.dumps(selector)}).focus()")
        self._call("Input.insertText", text=text)
        if enter:
            self.press("Enter", 13, "\r")

    def press(self, key: str, code: int, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            self._call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, text=text if kind == "keyDown" else "")

    def click(self, selector: str) -> None:
        self.wait(f"(e => e && !e.disabled && e.offsetParent !== null)(document.querySelector({json.dumps(selector)}))")
        box = self.js(f"(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def screenshot(self) -> bytes:
        return base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"])

    @property
    def complaints(self) -> list[str]:
        self.js("0")
        return self._browser.complaints(self._session)
