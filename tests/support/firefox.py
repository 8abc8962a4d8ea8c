"""Firefox without a window, driven through WebDriver BiDi over a WebSocket."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websockets.sync.client import connect

from tests.support.browser import LIMIT_S, wait_until

NAMES = ("firefox-esr", "firefox")
PREFERENCES = {"media.autoplay.default": 0, "media.volume_scale": "0.0", "dom.webmidi.enabled": True}


def firefox() -> str | None:
    """Return the path of Firefox; None if there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Firefox:
    """Firefox with a profile of its own, and one tab."""

    def __init__(self, folder: Path) -> None:
        """Start it, with its profile in `folder`."""
        lines = [f'user_pref("{name}", {json.dumps(value)});\n' for name, value in PREFERENCES.items()]
        (folder / "user.js").write_text("".join(lines), encoding="utf-8")
        self._closing = ExitStack()
        log = folder / "firefox.log"
        command = [
            str(firefox()),
            "--headless",
            "--no-remote",
            "--remote-debugging-port",
            "0",
            "--profile",
            str(folder),
        ]
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
        self._closing.callback(self._end)
        address = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
        wait_until(lambda: address.search(log.read_text(errors="replace")), "port of Firefox")
        found = address.search(log.read_text(errors="replace"))
        assert found is not None
        self._socket = self._closing.enter_context(
            connect(f"{found[1]}/session", max_size=None, open_timeout=LIMIT_S, compression=None)
        )
        self._next_id = 0
        self._call("session.new", {"capabilities": {}})
        self._tab = self._call("browsingContext.getTree", {})["contexts"][0]["context"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.close()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _call(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._next_id += 1
        self._socket.send(json.dumps({"id": self._next_id, "method": method, "params": dict(params)}))
        while True:
            answer = json.loads(self._socket.recv(timeout=LIMIT_S))
            if answer.get("id") == self._next_id:
                assert answer["type"] != "error", f"{method}: {answer}"
                result: dict[str, Any] = answer["result"]
                return result

    def go(self, url: str) -> None:
        """Load a page."""
        self._call("browsingContext.navigate", {"context": self._tab, "url": url, "wait": "complete"})

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 (any JSON)
        """Return the value of an expression that JSON can store; an expression that throws is null."""
        guarded = f"(() => {{ try {{ return JSON.stringify(({expression}) ?? null) }} catch {{ return 'null' }} }})()"
        params = {"expression": guarded, "target": {"context": self._tab}, "awaitPromise": False}
        return json.loads(self._call("script.evaluate", params)["result"]["value"])

    def wait_for(self, expression: str) -> None:
        """Wait until an expression is true."""
        wait_until(lambda: self.evaluate(f"Boolean({expression})"), expression)
