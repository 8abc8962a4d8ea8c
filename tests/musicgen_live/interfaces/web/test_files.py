"""The files of the page over HTTP: takes by opaque names, files that are dropped, and who may do that."""

from __future__ import annotations

import base64
import json
import queue
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Ended, Kept, Opened
from musicgen_live.interfaces.web.api import BURST
from musicgen_live.interfaces.web.files import MOST_PROMPTS
from musicgen_live.interfaces.web.server import WebServer
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from tests.support.labelled import write_labelled
from tests.support.midi_writing import write_midi
from tests.support.page import host_of, request, token_in


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a take in `takes`, and the user's folder `home`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUSICGEN_LIVE_HOME", str(tmp_path / "home"))
    (tmp_path / "takes").mkdir()
    write_labelled(tmp_path / "takes" / "nocturne 4711.mid")
    return tmp_path


@pytest.fixture
def song(folder: Path) -> bytes:
    """A MIDI file of two bars at 60 BPM."""
    notes = [Note(480 * number, 480, 60 + number, 80) for number in range(8)]
    return write_midi(folder / "song.mid", [notes], tempos=[(0, 60.0)]).read_bytes()


def ask(server: WebServer, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
    """Return the status and the JSON of the answer to a request of the page itself; with a body it is a POST."""
    own = {"Authorization": f"Bearer {token_in(server.url)}", "Origin": f"http://{host_of(server)}", **headers}
    method = "GET" if body is None else "POST"
    status, _, answer = request(server, f"/api/{path}", method=method, headers=own, body=body)
    return status, json.loads(answer) if answer.startswith(b"{") else answer


def take_id(server: WebServer) -> str:
    """Return the name under which a page knows the take."""
    return str(ask(server, "takes")[1]["takes"][0]["id"])


def test_the_takes_are_listed_without_their_paths(server: WebServer, folder: Path) -> None:
    status, answer = ask(server, "takes")
    (row,) = answer["takes"]
    assert (status, row["name"], row["seconds"], row["seed"]) == (200, "nocturne 4711", 2.0, 4711)
    assert str(folder) not in json.dumps(answer)


def test_a_take_has_notes_for_its_picture_and_a_file_to_download(server: WebServer, folder: Path) -> None:
    status, answer = ask(server, f"takes/{take_id(server)}")
    assert (status, answer["notes"]) == (200, [[0.0, 1.0, 60, 80], [1.0, 1.0, 61, 80]])
    assert answer["file"] == "nocturne 4711.mid"
    assert base64.b64decode(answer["data"]) == (folder / "takes" / "nocturne 4711.mid").read_bytes()


def test_a_favourite_and_a_name_stay(server: WebServer, folder: Path) -> None:
    name = take_id(server)
    assert ask(server, f"takes/{name}", b'{"favourite": true}')[1]["favourite"] is True
    status, changed = ask(server, f"takes/{name}", b'{"name": "rainy evening"}')
    assert (status, changed["name"], changed["favourite"]) == (200, "rainy evening", True)
    assert (folder / "takes" / "rainy evening.mid").exists()
    (row,) = ask(server, "takes")[1]["takes"]
    assert (row["name"], row["favourite"]) == ("rainy evening", True)


def test_the_take_that_plays_keeps_its_name(server: WebServer, folder: Path) -> None:
    path = folder / "takes" / "nocturne 4711.mid"
    server(Opened((), (), str(path), TimeSignature(4, 4), "internal", ()))
    status, answer = ask(server, f"takes/{take_id(server)}", b'{"name": "evening"}')
    assert (status, path.exists()) == (422, True)
    assert answer["error"] == "this take is still recorded; give it a name when it is over"
    server(Ended())
    assert ask(server, f"takes/{take_id(server)}", b'{"name": "evening"}')[0] == 200


def test_kept_bars_are_listed_wherever_they_are(server: WebServer, folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    kept = write_labelled(folder / "elsewhere" / "bars.mid")
    server(Kept(str(kept), 1, 2))
    assert {row["name"] for row in ask(server, "takes")[1]["takes"]} == {"nocturne 4711", "bars"}


@pytest.mark.parametrize("name", ["../up", "/etc/x", "a/b", "", "..", "c:\\x"])
def test_a_name_is_no_path(server: WebServer, folder: Path, song: bytes, name: str) -> None:
    status, answer = ask(server, f"takes/{take_id(server)}", json.dumps({"name": name}).encode())
    assert status == 422
    assert "is no name for a take" in answer["error"]
    assert ask(server, f"continue?name={name}", song)[0] == 200
    assert len(list((folder / "home" / "prompts").iterdir())) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["home", "song.mid", "takes"]


@pytest.mark.parametrize("name", ["nocturne 4711", "..", "0" * 24, "%2e%2e%2fhome"])
def test_only_listed_takes_can_be_had(server: WebServer, name: str) -> None:
    take_id(server)
    status, _ = ask(server, f"takes/{name.replace(' ', '%20')}")
    assert status in (404, 422)


def test_a_dropped_file_is_looked_at(server: WebServer, song: bytes, folder: Path) -> None:
    status, answer = ask(server, "look?name=song.mid", song)
    assert (status, len(answer["notes"]), answer["seconds"]) == (200, 8, 8.0)
    assert not (folder / "home" / "prompts").exists()


def test_the_music_goes_on_from_a_dropped_file(
    server: WebServer, song: bytes, folder: Path, changes: queue.SimpleQueue[Change]
) -> None:
    status, _ = ask(server, "continue?name=my%20song", song)
    path = folder / "home" / "prompts" / "my song.mid"
    assert (status, changes.get(timeout=10)) == (200, Change("restart", str(path)))
    assert path.read_bytes() == song


def test_a_dropped_file_may_have_a_name_that_not_every_system_allows(
    server: WebServer, song: bytes, folder: Path
) -> None:
    assert ask(server, f"continue?name={quote('Prelude: why? ' + 'x' * 80)}", song)[0] == 200
    (kept,) = (folder / "home" / "prompts").iterdir()
    assert kept.name == f"Prelude  why  {'x' * 66}.mid"


def test_dropped_files_do_not_fill_the_disk(server: WebServer, song: bytes, folder: Path) -> None:
    for number in range(MOST_PROMPTS + 3):
        ask(server, f"continue?name={number}", song)
    assert len(list((folder / "home" / "prompts").iterdir())) == MOST_PROMPTS


@pytest.mark.parametrize("path", ["look?name=x.mid", "continue?name=x", "training/file?name=m&file=x"])
@pytest.mark.parametrize("body", [b"", b"no MIDI", b"MThd", b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0"])
def test_what_is_no_music_is_refused_with_the_reason(server: WebServer, folder: Path, path: str, body: bytes) -> None:
    status, answer = ask(server, path, body)
    assert status == 422
    assert "cannot be read: " in answer["error"]
    assert not (folder / "home" / "prompts").exists()


def test_a_file_of_more_than_8_mb_is_not_read(server: WebServer) -> None:
    status, answer = ask(server, "look?name=x.mid", bytes(8_000_001))
    assert (status, answer["error"]) == (413, "A file has more than 8 MB, which are not read.")


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer x", "Basic x", "\xff"])
@pytest.mark.parametrize("path", ["takes", "training", "takes/x"])
def test_nothing_is_answered_without_the_token(server: WebServer, path: str, authorization: str) -> None:
    assert ask(server, path, Authorization=authorization)[0] == 401


def test_nothing_is_changed_from_another_origin(server: WebServer, song: bytes) -> None:
    for origin in ("http://example.org", "null"):
        assert ask(server, "continue?name=x", song, Origin=origin)[0] == 403
        assert ask(server, "training/start", b"{}", Origin=origin)[0] == 403


def test_too_many_requests_are_refused(server: WebServer) -> None:
    statuses = [ask(server, "training")[0] for _ in range(BURST + 3)]
    assert statuses == [200] * BURST + [429] * 3


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_object_is_refused(server: WebServer, body: bytes) -> None:
    assert ask(server, f"takes/{take_id(server)}", body)[0] == 422
    assert ask(server, "training/start", body)[0] == 422
