"""`play --web` in a real browser: a take is watched, steered and heard, in two tabs and after a reload."""

from __future__ import annotations

import base64
import io
import re
import time
from pathlib import Path
from typing import Any

import mido
import pytest

from tests.support.browser import Browser, Tab
from tests.support.playing import ends_released, note_ons_of
from tests.support.playing_page import ROLL, SOUND, TAKE, playing_page, set_value

pytestmark = pytest.mark.browser


def test_notes_appear_and_the_head_moves(tab: Tab) -> None:
    before: dict[str, Any] = tab.evaluate(
        f"({{ sent: {TAKE}.sent, head: {TAKE}.headTick, until: {TAKE}.plannedUntilTick }})"
    )
    tab.wait_for(f"{TAKE}.sent > {before['sent']} + 4")
    tab.wait_for(f"{TAKE}.headTick > {before['head']} + 960 && {TAKE}.plannedUntilTick > {before['until']}")
    assert re.match(r"\d+\.[1-4]", tab.evaluate("document.querySelector('.transport-place').textContent"))
    assert tab.evaluate("document.querySelector('.transport-tempo').textContent") == "120 BPM, 4/4"


def test_a_note_stands_on_the_canvas_where_its_event_says(tab: Tab) -> None:
    found = tab.evaluate(
        f"""(() => {{
          const roll = {ROLL}, take = {TAKE};
          roll.heldStartTick = -{1920};
          roll.barsInView = 8;
          roll.draw();
          roll.draw();
          const note = take.notes.find((each) => each[0] >= 0 && each[1] >= 120);
          const ratio = devicePixelRatio, box = roll.rectangleOf(note);
          const pixel = roll.context.getImageData(
            (box.x + box.width / 2) * ratio, (box.y + box.height / 2) * ratio, 1, 1).data;
          const back = roll.context.getImageData(0.6 * roll.widthPx * ratio, 2, 1, 1).data;
          return {{ note, box, pixel: [...pixel], back: [...back], width: roll.widthPx, height: roll.heightPx,
                   lowest: roll.lowest, highest: roll.highest }};
        }})()"""
    )
    tick, length_ticks, pitch, _ = found["note"]
    row_px = (found["height"] - 38) / (found["highest"] - found["lowest"] + 1)
    ticks_per_px = 8 * 1920 / found["width"]
    assert found["box"]["x"] == pytest.approx((tick + 1920) / ticks_per_px)
    assert found["box"]["width"] == pytest.approx(max(2, length_ticks / ticks_per_px - 1))
    assert found["box"]["y"] == pytest.approx(38 + (found["highest"] - pitch) * row_px)
    assert found["pixel"] != found["back"]


def test_each_part_has_its_colour_and_is_lighter_while_it_is_planned(tab: Tab) -> None:
    pixels = tab.evaluate(
        f"""(() => {{
          const roll = {ROLL}, take = {TAKE}, notes = take.notes;
          const later = take.headTick + 1920;
          take.notes = [[0, 480, 60, 127, 'melody'], [later, 480, 60, 127, 'melody'], [later, 480, 67, 127, 'bass']];
          roll.heldStartTick = 0;
          roll.barsInView = 64;
          roll.draw();
          roll.draw();
          const pixel = (note) => {{
            const box = roll.rectangleOf(note);
            return roll.context.getImageData(box.x + box.width / 2, box.y + box.height / 2, 1, 1).data.join();
          }};
          const found = take.notes.map(pixel);
          take.notes = notes;
          return found;
        }})()"""
    )
    assert pixels[0] == "24,100,171,255"
    assert len(set(pixels)) == 3


def test_the_clock_of_the_page_is_that_of_the_program_within_half_of_its_shortest_trip(tab: Tab) -> None:
    tab.wait_for(f"{TAKE}.clock.trips.length === 10")
    before_s = time.monotonic()
    now_s, trip_s = tab.evaluate(f"[{TAKE}.clock.nowS(), Math.min(...{TAKE}.clock.trips.map((trip) => trip.tripS))]")
    assert before_s - trip_s / 2 <= now_s <= time.monotonic() + trip_s / 2


def test_the_roll_goes_back_zooms_and_follows_again(tab: Tab) -> None:
    tab.wait_for(f"{TAKE}.headTick > 1920")
    tab.evaluate(f"{ROLL}.canvas.focus()")
    tab.press("Home", 36)
    assert tab.evaluate(f"{ROLL}.startTick") == -1920
    left_px, top_px = tab.point_in(f"{ROLL}.canvas", 0.2, 0.4)
    bars = tab.evaluate(f"{ROLL}.barsInView")
    tab.touch("touchStart", (left_px, top_px))
    tab.touch("touchStart", (left_px, top_px), (left_px + 100, top_px))
    tab.touch("touchMove", (left_px, top_px), (left_px + 200, top_px))
    tab.touch("touchEnd")
    tab.wait_for(f"{ROLL}.pointers.size === 0")
    assert tab.evaluate(f"{ROLL}.barsInView") == pytest.approx(bars / 2)
    tab.evaluate(f"{ROLL}.followButton.click()")
    assert tab.evaluate(f"{ROLL}.heldStartTick") is None


def test_a_tap_on_the_roll_lets_it_follow_and_a_drag_holds_it(tab: Tab) -> None:
    x_px, y_px = tab.point_in(f"{ROLL}.canvas", 0.3, 0.4)
    ticks_per_px = tab.evaluate(f"{ROLL}.ticksInView / {ROLL}.widthPx")
    for moved_px, is_held in ((3, False), (20, True)):
        tab.mouse("mousePressed", x_px, y_px)
        tab.mouse("mouseMoved", x_px + moved_px, y_px)
        tab.mouse("mouseReleased", x_px + moved_px, y_px)
        tab.wait_for(f"{ROLL}.pointers.size === 0")
        assert tab.evaluate(f"{ROLL}.heldStartTick !== null") is is_held
    start_tick = tab.evaluate(f"{ROLL}.startTick")
    tab.mouse("mousePressed", x_px, y_px)
    for moved_px in (2, 4, 60):
        tab.mouse("mouseMoved", x_px - moved_px, y_px)
    tab.mouse("mouseReleased", x_px - 60, y_px)
    tab.wait_for(f"{ROLL}.pointers.size === 0")
    assert tab.evaluate(f"{ROLL}.startTick") == pytest.approx(start_tick + 60 * ticks_per_px)


def test_the_chord_of_a_bar_stands_above_it(tab: Tab) -> None:
    set_value(tab, "chords", "Dm7 | G7", "change")
    tab.wait_for(f"{TAKE}.values.get('chords') === 'Dm7 | G7'")
    assert tab.evaluate(f"[0, 1, 2].map((bar) => {TAKE}.harmonyOf(bar))") == ["Dm7", "G7", "Dm7"]
    set_value(tab, "chords", "off", "change")
    set_value(tab, "key", "D dorian", "change")
    tab.wait_for(f"{TAKE}.harmonyOf(5) === 'D dorian'")
    set_value(tab, "key", "off", "change")
    tab.wait_for(f"{TAKE}.harmonyOf(5) === ''")


def test_a_value_shows_its_bar_until_it_is_heard(tab: Tab) -> None:
    set_value(tab, "temperature", "1.5", "input")
    words = tab.wait_for("document.querySelector('[data-name=temperature] .pending').textContent")
    bar = int(re.fullmatch(r"from bar (\d+)", words)[1])  # type: ignore[index]
    tab.wait_for(f"{TAKE}.values.get('temperature') === 1.5")
    assert tab.evaluate("document.querySelector('[data-name=temperature] .pending').textContent") == ""
    assert tab.evaluate(f"{TAKE}.headTick") >= (bar - 1) * 1920 - 60


def test_every_parameter_has_a_control_with_a_label_and_a_description(tab: Tab) -> None:
    tab.wait_for("document.querySelector('[data-preset]') !== null")
    missing = tab.evaluate(
        f"""{TAKE}.parameters.filter((each) => {{
          if (['preset', 'model'].includes(each.name)) return !document.querySelector(`[data-${{each.name}}]`)?.title;
          if (each.kind === 'action') return !document.querySelector(`[data-action="${{each.name}}"]`)?.title;
          const input = document.getElementById(`value-${{each.name}}`);
          return !(input?.labels.length && document.getElementById(input.getAttribute('aria-describedby')).textContent);
        }}).map((each) => each.name)"""
    )
    assert missing == []


def test_a_card_changes_the_preset_from_a_bar_on(tab: Tab) -> None:
    pressed = "document.querySelector('[data-{}]').getAttribute('aria-pressed') === 'true'"
    tab.wait_for(pressed.format("preset=classic"))
    tab.evaluate("document.querySelector('[data-preset=stream]').click()")
    tab.wait_for("/^from bar \\d+$/.test(document.querySelector('[data-preset=stream] .pending').textContent)")
    tab.wait_for(f"{pressed.format('preset=stream')} && {pressed.format('model=stream')}")
    tab.evaluate("document.querySelector('[data-preset=classic]').click()")
    tab.wait_for(pressed.format("preset=classic"))


def test_everything_that_can_be_operated_has_a_name_and_is_reached_by_keys(tab: Tab) -> None:
    tab.wait_for("document.querySelector('[data-preset]') !== null")
    found = tab.evaluate(
        """[...document.querySelectorAll('button, input, select, canvas, a[href], summary')].filter((each) => {
          const label = each.getAttribute('aria-label') || each.labels?.[0]?.textContent || each.textContent;
          return !label.trim() || (each.tabIndex < 0 && !each.closest('.keys'));
        }).map((each) => each.outerHTML.slice(0, 200))"""
    )
    assert found == []


def test_a_slider_moves_by_keys(tab: Tab) -> None:
    before = tab.evaluate(f"{TAKE}.values.get('velocity')")
    tab.evaluate("document.getElementById('value-velocity').focus()")
    tab.press("ArrowRight", 39)
    tab.wait_for(f"({TAKE}.pending.get('velocity')?.value ?? {TAKE}.values.get('velocity')) === {before + 1}")


def test_a_wrong_value_is_explained_and_the_present_one_stays(tab: Tab) -> None:
    set_value(tab, "key", "H", "change")
    tab.wait_for("document.querySelector('take-log').textContent.includes(\"key is 'H'; write a note\")")
    assert tab.evaluate("document.getElementById('value-key').value") == "off"


def test_an_action_is_a_button(tab: Tab) -> None:
    tab.wait_for(f"{TAKE}.headTick > 2 * 1920")
    tab.evaluate("document.querySelector('[data-action=keep]').click()")
    tab.wait_for("/Kept bars \\d+ to \\d+: .*\\.mid/.test(document.querySelector('take-log').textContent)")
    name = tab.wait_for("document.querySelector('take-kept a')?.download")
    data = tab.evaluate("document.querySelector('take-kept a').href").removeprefix("data:audio/midi;base64,")
    assert name.endswith(".mid")
    tracks = mido.MidiFile(file=io.BytesIO(base64.b64decode(data))).tracks
    # The last is that of the musician who may play on the page.
    assert len(tracks) == 3


def test_a_page_loaded_again_has_the_take_so_far(tab: Tab) -> None:
    tab.wait_for(f"{TAKE}.headTick > 2 * 1920")
    set_value(tab, "swing", "0.6", "input")
    tab.wait_for(f"{TAKE}.values.get('swing') === 0.6")
    first = tab.evaluate(f"{TAKE}.notes[0]")
    tab.reload()
    tab.wait_for(f"{TAKE}.headTick > 0 && {TAKE}.notes.length > 0")
    assert tab.evaluate(f"{TAKE}.notes[0]") == first
    assert tab.evaluate("document.getElementById('value-swing').value") == "0.6"


def test_a_second_tab_follows_the_first(browser: Browser, url: str, tab: Tab) -> None:
    other = browser.open(url)
    other.wait_for(f"{TAKE}.headTick > 0 && {TAKE}.notes.length > 0")
    set_value(tab, "humanize", "7", "input")
    other.wait_for("document.getElementById('value-humanize').value === '7'")
    other.go("about:blank")


def test_a_wrong_token_is_explained(browser: Browser, url: str) -> None:
    tab = browser.open(url.partition("#")[0] + "#wrong")
    tab.wait_for("document.getElementById('connection').textContent.startsWith('This address is not the one')")
    assert tab.evaluate(f"{TAKE}.notes.length") == 0
    tab.go("about:blank")


@pytest.mark.parametrize("width_px", [360, 768, 1280, 2560])
def test_nothing_is_wider_than_the_screen(tab: Tab, width_px: int) -> None:
    tab.resize(width_px, 800)
    assert tab.wait_for(f"innerWidth === {width_px} && document.documentElement.scrollWidth") <= width_px


def test_the_page_sounds_and_takes_back_what_is_cut(tab: Tab) -> None:
    tab.evaluate(f"{SOUND}.instrument.value = 'pad'; {SOUND}.toggle.click()")
    tab.wait_for(f"{SOUND}.sampler?.voices.size > 0")
    tab.evaluate(
        f"window.analyser = new AnalyserNode({SOUND}.sampler.context); {SOUND}.sampler.volume.connect(analyser)"
    )
    tab.wait_for(
        "(() => { const part = new Float32Array(2048); analyser.getFloatTimeDomainData(part);"
        " return part.some((value) => Math.abs(value) > 0.001) })()"
    )
    left = tab.evaluate(
        f"""(() => {{
          const sampler = {SOUND}.sampler;
          sampler.play(1e9, 60, 80, 5, 1);
          const before = sampler.voices.has('1000000000 60');
          {TAKE}.dispatchEvent(new CustomEvent('planned', {{ detail: {{ tick: 1e9 }} }}));
          return [before, sampler.voices.has('1000000000 60')];
        }})()"""
    )
    assert left == [True, False]
    tab.evaluate(f"{SOUND}.toggle.click()")
    tab.wait_for(f"{SOUND}.sampler.voices.size === 0")


def test_of_ten_round_trips_the_shortest_tells_the_time(tab: Tab) -> None:
    # Eleven trips at 100 s of the page: the first, the shortest of all, is too old to count.
    trips_s = [0.001, 0.5, 0.2, 0.02, 0.3, 0.4, 0.5, 0.2, 0.2, 0.2, 0.2]
    offset_s = tab.evaluate(
        f"""import('/clock.js').then(({{ ServerClock }}) => {{
          let nowS = 100;
          const clock = new ServerClock(() => nowS);
          for (const tripS of {trips_s}) {{
            const {{ ping }} = clock.ping();
            nowS += tripS;
            clock.receive({{ ping, now_s: 1000 + ping + 0.9 * tripS }});
          }}
          return clock.offsetS;
        }})"""
    )
    assert offset_s == pytest.approx(1000 + 0.9 * 0.02 - 0.01)


def test_the_page_can_end_the_take(browser: Browser, tmp_path: Path) -> None:
    with playing_page(tmp_path) as (process, url):
        tab = browser.open(url)
        tab.wait_for(f"{TAKE}.sent > 2")
        tab.evaluate("window.confirm = () => true; document.querySelector('[data-action=stop]').click()")
        tab.wait_for("document.getElementById('connection').textContent === 'The take is over.'")
        assert process.wait(60) == 0
        tab.wait_for("document.querySelector('.transport-state').textContent === 'over'")
        assert not tab.evaluate(f"{TAKE}.positionAt({TAKE}.clock.nowS()).runs")
        tab.go("about:blank")
    take = tmp_path / "take.mid"
    assert len(note_ons_of(take)) > 2
    assert ends_released(take)
