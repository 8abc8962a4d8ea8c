"""A real browser without a window: Chromium, driven through its DevTools protocol over a WebSocket."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websockets.sync.client import connect

LIMIT_S = 120.0
POLL_S = 0.05
STILL_FRAMES = 20
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """Return the path of Chromium; None if there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """Chromium with a profile of its own."""

    def __init__(self, folder: Path) -> None:
        """Start it, with its profile in `folder`."""
        self._closing = ExitStack()
        log = folder / "chromium.log"
        command = [
            str(chromium()), "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder / 'profile'}",
            "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
            "--disable-background-networking", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
            "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
            "--disable-backgrounding-occluded-windows",
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # Its sandbox does not work for root.
            command.append("--no-sandbox")
        with log.open("wb") as stderr:
            self._process = subprocess.Popen([*command, "about:blank"], stdout=subprocess.DEVNULL, stderr=stderr)
        self._closing.callback(self._end)
        port_file = folder / "profile" / "DevToolsActivePort"
        wait_until(lambda: port_file.is_file() and port_file.read_text().count("\n") >= 1, "the port of Chromium")
        port, path = port_file.read_text().splitlines()[:2]
        self._socket = self._closing.enter_context(
            connect(f"ws://127.0.0.1:{port}{path}", max_size=None, open_timeout=LIMIT_S, compression=None)
        )
        self._next_id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.close()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()

    def call(self, method: str, params: Mapping[str, Any] | None = None, session: str | None = None) -> dict[str, Any]:
        """Call a method of the protocol and return its result; AssertionError if it fails."""
        self._next_id += 1
        message: dict[str, Any] = {"id": self._next_id, "method": method, "params": dict(params or {})}
        if session is not None:
            message["sessionId"] = session
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv(timeout=LIMIT_S))
            if answer.get("id") == self._next_id:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, url: str) -> Tab:
        """Open a tab."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        tab = Tab(self, session)
        tab.collect_errors()
        tab.go(url)
        return tab


class Tab:
    """A tab of a browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def collect_errors(self) -> None:
        """Have every document collect its errors, among them what its content security policy has refused."""
        self._call("Page.enable")
        source = (
            "window.errors = []; addEventListener('error', (e) => errors.push(String(e.message)), true);"
            "addEventListener('unhandledrejection', (e) => errors.push(String(e.reason)));"
            "addEventListener('securitypolicyviolation', (e) => errors.push('policy: ' + e.violatedDirective));"
        )
        self._call("Page.addScriptToEvaluateOnNewDocument", {"source": source})

    def go(self, url: str) -> None:
        """Load a page."""
        self._call("Page.navigate", {"url": url})

    def reload(self) -> None:
        """Load the page again."""
        self._call("Page.reload")

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 (any JSON)
        """Return the value of an expression, or of the promise that it is."""
        answer = self._call("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> Any:  # noqa: ANN401 (any JSON)
        """Wait until an expression is true, and return its value."""
        found: list[Any] = []

        def is_true() -> bool:
            found.append(self.evaluate(f"(() => {{ try {{ return {expression} }} catch {{ return null }} }})()"))
            return bool(found[-1])

        wait_until(is_true, expression)
        return found[-1]

    def wait_until_still(self, element: str = "document.body") -> list[float]:
        """Show an element and wait until it stands still; return its left and top edge, its width and its height.

        A page moves and rebuilds what it shows for some frames after it is loaded.
        """
        box: list[float] = self.evaluate(
            f"""new Promise((resolve) => {{
              let last = '', frames = 0;
              const look = () => {{
                const element = {element};
                element?.scrollIntoView({{ block: 'center' }});
                const {{ x, y, width, height }} = element?.getBoundingClientRect() ?? {{}};
                const box = [x, y, width, height];
                frames = element && box.join() === last ? frames + 1 : 0;
                last = box.join();
                if (frames === {STILL_FRAMES}) resolve(box);
                else requestAnimationFrame(look);
              }};
              look();
            }})"""
        )
        return box

    def point_in(self, element: str, across: float, down: float) -> tuple[float, float]:
        """Return a point in an element once it stands still, at shares of its width and height."""
        x_px, y_px, width_px, height_px = self.wait_until_still(element)
        return x_px + across * width_px, y_px + down * height_px

    def press(self, key: str, code: int) -> None:
        """Press a key, as a keyboard does, in the element that has the focus."""
        for kind in ("rawKeyDown", "keyUp"):
            self._call("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code})

    def hold_key(self, code: str, *, is_down: bool) -> None:
        """Press a key of the keyboard by its place, such as `KeyA`, or let it go."""
        kind, key = "keyDown" if is_down else "keyUp", code.removeprefix("Key").lower()
        self._call("Input.dispatchKeyEvent", {"type": kind, "code": code, "key": key})

    def mouse(self, kind: str, x_px: float, y_px: float) -> None:
        """Have the mouse do `mousePressed`, `mouseMoved` or `mouseReleased` at a place in the window."""
        button = {"button": "left", "buttons": int(kind != "mouseReleased"), "clickCount": 1}
        self._call("Input.dispatchMouseEvent", {"type": kind, "x": x_px, "y": y_px, **button})

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        """Have fingers do `touchStart`, `touchMove` or `touchEnd`; `points` are where they are then."""
        places = [{"x": x_px, "y": y_px, "id": finger} for finger, (x_px, y_px) in enumerate(points)]
        self._call("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    def resize(self, width_px: int, height_px: int, *, dark: bool = False) -> None:
        """Show the page at a size."""
        size = {"width": width_px, "height": height_px, "deviceScaleFactor": 1, "mobile": width_px < 600}
        self._call("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", {"features": [scheme]})

    def picture(self) -> bytes:
        """Return the visible page as a PNG."""
        return base64.b64decode(self._call("Page.captureScreenshot", {"format": "png"})["data"])

    def _call(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._browser.call(method, params, self._session)


def wait_until(is_done: Any, what: str) -> None:  # noqa: ANN401 (a function without arguments)
    """Wait until a function returns a true value; AssertionError after `LIMIT_S`."""
    until_s = time.monotonic() + LIMIT_S
    while not is_done():
        assert time.monotonic() < until_s, f"there is no {what}"
        time.sleep(POLL_S)
