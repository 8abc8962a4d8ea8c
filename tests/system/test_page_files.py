"""The files of the page in a real browser: dropped files, takes to keep and download, and a model that is trained."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import mido
import pytest

from musicgen_live.interfaces.web.api import BURST, REQUESTS_PER_S
from musicgen_live.music.notes import Note
from tests.support.browser import Browser, Tab
from tests.support.labelled import write_labelled
from tests.support.midi_writing import write_midi
from tests.support.playing_page import NO_MIDI, TAKE, playing_page

pytestmark = pytest.mark.browser

FILES = "document.querySelector('take-files')"
TRAIN = "document.querySelector('take-train')"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The working folder, with a take in `takes`."""
    (tmp_path / "takes").mkdir()
    write_labelled(tmp_path / "takes" / "nocturne 4711.mid")
    return tmp_path


@pytest.fixture
def tab(browser: Browser, folder: Path) -> Iterator[Tab]:
    with playing_page(folder, environment={**NO_MIDI, "MUSICGEN_LIVE_HOME": str(folder / "home")}) as (_, url):
        tab = browser.open(url)
        tab.resize(1280, 900)
        tab.wait_for(f"{TAKE}.headTick > 0 && {TAKE}.notes.length > 0")
        tab.wait_until_still()
        yield tab
        assert tab.evaluate("errors") == []
        tab.go("about:blank")


def song(path: Path, first_pitch: int = 60) -> bytes:
    """Write eight bars of a rising and falling line, and return the bytes of the file."""
    pitches = [first_pitch + (number % 8 if number % 16 < 8 else 8 - number % 8) for number in range(64)]
    return write_midi(path, [[Note(240 * i, 240, pitch, 80) for i, pitch in enumerate(pitches)]]).read_bytes()


def drop(tab: Tab, where: str, files: dict[str, bytes]) -> None:
    """Drop files on an element, as a hand does."""
    data = json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()})
    tab.evaluate(
        f"""(() => {{
          const transfer = new DataTransfer();
          for (const [name, data] of Object.entries({data})) {{
            const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
            transfer.items.add(new File([bytes], name, {{ type: "audio/midi" }}));
          }}
          {where}.dispatchEvent(new DragEvent("drop", {{ dataTransfer: transfer, bubbles: true, cancelable: true }}));
        }})()"""
    )


def press(tab: Tab, within: str, words: str) -> None:
    """Press the button with these words."""
    tab.evaluate(f"[...{within}.querySelectorAll('button')].find((each) => each.textContent === '{words}').click()")


def test_the_music_goes_on_from_a_file_that_is_dropped(tab: Tab, folder: Path) -> None:
    content = song(folder / "song.mid")
    drop(tab, f"{FILES}.drop", {"song.mid": content})
    tab.wait_for(f"{FILES}.dropped.querySelector('canvas')?.getAttribute('aria-label').includes('64 notes')")
    press(tab, f"{FILES}.dropped", "Go on from it")
    tab.wait_for(f"{FILES}.state.textContent.startsWith('The music goes on from song.mid')")
    bar = tab.wait_for(f"{TAKE}.pending.get('restart')?.bar || 1")
    tab.wait_for(f"{TAKE}.headTick > {bar} * 1920")
    assert (folder / "home" / "prompts" / "song.mid").read_bytes() == content
    assert "cannot" not in tab.evaluate("document.querySelector('take-log').textContent")


def test_what_is_no_music_is_explained(tab: Tab) -> None:
    drop(tab, f"{FILES}.drop", {"song.mid": b"no music"})
    tab.wait_for(f"{FILES}.state.textContent.startsWith('song.mid cannot be read: ')")
    assert tab.evaluate(f"{FILES}.dropped.childElementCount") == 0


def test_a_take_is_seen_named_marked_played_and_downloaded(tab: Tab, folder: Path) -> None:
    row = f"{FILES}.querySelector('[data-take=\"nocturne 4711\"]')"
    tab.wait_for(f"({row}.scrollIntoView(), true)")
    tab.wait_for(f"{row}.querySelector('canvas')?.getAttribute('aria-label').includes('2 notes')")
    data = tab.evaluate(f"{row}.querySelector('a').href").removeprefix("data:audio/midi;base64,")
    assert base64.b64decode(data) == (folder / "takes" / "nocturne 4711.mid").read_bytes()
    dragged = tab.evaluate(
        f"""(() => {{
          const transfer = new DataTransfer();
          {row}.querySelector("a").dispatchEvent(new DragEvent("dragstart", {{ dataTransfer: transfer }}));
          return transfer.getData("DownloadURL");
        }})()"""
    )
    assert dragged.startswith("audio/midi:nocturne 4711.mid:data:audio/midi;base64,")
    tab.evaluate(f"{row}.querySelector('[aria-label^=Play]').click()")
    tab.wait_for(f"{FILES}.preview.sampler?.voices.size > 0")
    tab.evaluate(f"{row}.querySelector('[aria-label^=Play]').click()")
    tab.evaluate(f"{row}.querySelector('[aria-label^=Favourite]').click()")
    tab.wait_for(f"{row}.querySelector('[aria-label^=Favourite]').getAttribute('aria-pressed') === 'true'")
    tab.evaluate(
        f"(() => {{ const field = {row}.querySelector('input'); field.value = 'rainy evening';"
        " field.dispatchEvent(new Event('change')) })()"
    )
    tab.wait_for(f"!!{FILES}.querySelector('[data-take=\"rainy evening\"] [aria-pressed=true]')")
    assert (folder / "takes" / "rainy evening.mid").exists()


def test_kept_bars_become_a_take_to_download(tab: Tab) -> None:
    tab.wait_for(f"{TAKE}.headTick > 2 * 1920")
    tab.evaluate("document.querySelector('[data-action=keep]').click()")
    name = tab.wait_for(
        f"[...{FILES}.querySelectorAll('li')].find((each) => each.dataset.take.includes(' bars '))?.dataset.take"
    )
    row = f"{FILES}.querySelector('[data-take=\"{name}\"]')"
    tab.wait_for(f"({row}.scrollIntoView(), true)")
    data = tab.wait_for(f"{row}.querySelector('a').href").removeprefix("data:audio/midi;base64,")
    assert len(mido.MidiFile(file=io.BytesIO(base64.b64decode(data))).tracks) >= 2
    assert re.search(r"classic 1 bars \d+-\d+$", name)


def test_a_preset_that_is_saved_becomes_a_card(tab: Tab, folder: Path) -> None:
    tab.evaluate(
        """(() => {
          const form = document.querySelector('take-actions form');
          form.querySelector('input').value = 'my groove';
          form.requestSubmit();
        })()"""
    )
    tab.wait_for("document.querySelector('[data-preset=\"my groove\"]') !== null")
    assert (folder / "home" / "presets" / "my groove.toml").exists()
    # A message that names such a file says nothing about presets.
    asked = tab.evaluate(
        f"""(() => {{
          const {{ send }} = WebSocket.prototype, sent = [];
          WebSocket.prototype.send = (text) => sent.push(JSON.parse(text));
          {TAKE}.handle({{ event: 'said', text: 'The file old.toml is empty.' }});
          sent.push('said');
          {TAKE}.handle({{ event: 'preset-saved', name: 'my groove' }});
          WebSocket.prototype.send = send;
          return sent;
        }})()"""
    )
    assert asked == ["said", {"cards": True}]


def test_a_pad_stores_a_scene_and_calls_it_back(tab: Tab, folder: Path) -> None:
    pad = "document.querySelector('take-scenes [data-scene=\"2\"]')"
    tab.wait_for(f"{pad}?.disabled")
    edge = f"getComputedStyle({pad}).borderTopStyle"
    assert tab.evaluate(edge) == "dashed"
    assert tab.evaluate(f"{pad}.title") == "Scene 2 is empty: press store, then this pad."
    tab.evaluate("document.querySelector('take-scenes > button').click()")
    # While the next pad stores, it can be pressed, and is empty all the same.
    assert tab.evaluate(f"[{pad}.disabled, {edge}]") == [False, "dashed"]
    tab.evaluate(f"{pad}.click()")
    tab.wait_for(f"document.querySelector('take-scenes [aria-pressed=true]') === null && !{pad}.disabled")
    assert tab.evaluate(edge) == "solid"
    assert "[scenes.2]" in (folder / "home" / "scenes.toml").read_text().replace('"', "")
    tab.evaluate(f"{pad}.click()")
    tab.wait_for(f"{pad}.getAttribute('aria-pressed') === 'true'")
    assert tab.evaluate(f"{TAKE}.values.get('scene')") == "2"


def test_requests_that_are_too_many_wait_for_their_turn(tab: Tab) -> None:
    # More than are allowed at once and in the seconds that they take.
    assert BURST + 4 * REQUESTS_PER_S < 240
    answers = "Promise.all(Array.from({ length: 240 }, () => ask('training')))"
    states = tab.evaluate(f"import('/api.js').then(async ({{ ask }}) => (await {answers}).map((each) => each.state))")
    assert states == ["empty"] * 240


def wait_for_training(tab: Tab, condition: str) -> None:
    """Wait as long as it takes on a busy machine, which is longer than other waits on a page."""
    for _ in range(4):
        with contextlib.suppress(AssertionError):
            tab.wait_for(condition)
            return
    tab.wait_for(condition)


@pytest.mark.timeout(600)  # TensorFlow is imported, and a copy of the largest model trained for six epochs.
def test_a_handful_of_files_becomes_a_model_that_plays(tab: Tab, folder: Path) -> None:
    files = {f"song {number}.mid": song(folder / "x.mid", 48 + number) for number in range(6)}
    tab.evaluate(f"{TRAIN}.name.value = 'small'; {TRAIN}.epochs.value = '6'")
    drop(tab, f"{TRAIN}.querySelector('.drop')", {**files, "bad.mid": b"no music", "notes.txt": b"text"})
    tab.wait_for(f"{TRAIN}.state.textContent === '6 of 7 files can be read, 1 cannot.'")
    assert tab.evaluate(f"{TRAIN}.reasons.textContent").startswith("bad.mid cannot be read: ")
    tab.evaluate(f"{TRAIN}.train.click()")
    tab.wait_for(f"{TRAIN}.stop.disabled === false")
    wait_for_training(tab, f"{TRAIN}.curve.querySelector('polyline') !== null")
    tab.evaluate(f"{TRAIN}.stop.click()")
    wait_for_training(tab, f"{TRAIN}.stop.disabled")
    assert re.fullmatch(
        r"Stopped after epoch [1-5] of 6\. It goes on from there\.", tab.evaluate(f"{TRAIN}.state.textContent")
    )
    assert tab.evaluate(f"{TRAIN}.train.textContent") == "Go on"
    tab.evaluate(f"{TRAIN}.train.click()")
    wait_for_training(tab, f"{TRAIN}.stop.disabled === false")
    wait_for_training(tab, f"{TRAIN}.stop.disabled")
    assert tab.evaluate(f"{TRAIN}.state.textContent") == "The model small is ready."
    assert (folder / "home" / "models" / "small.safetensors").exists()
    tab.evaluate(f"{TRAIN}.card.querySelector('[data-model=small]').click()")
    tab.wait_for(f"{TAKE}.values.get('model') === 'small'")
    tab.wait_for("document.querySelector('take-cards [data-model=small]')?.getAttribute('aria-pressed') === 'true'")
