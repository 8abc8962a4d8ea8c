from __future__ import annotations

from musicgen_live.config.changes import values_of
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.settings import Settings
from musicgen_live.interfaces.events import (
    BarBegan,
    Changed,
    Ended,
    Event,
    Granted,
    MessagesSent,
    Opened,
    Planned,
    Played,
    Refused,
    TurnBegan,
    UserMessage,
)
from musicgen_live.interfaces.screen import panel
from musicgen_live.interfaces.screen.cells import Line, text_of
from musicgen_live.interfaces.screen.state import ScreenState
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature

VALUES = tuple((values_of(Settings(key="D dorian", top_p=0.95, tempo=96)) | {"preset": "sonatina"}).items())
OPENED = Opened(
    ("musicgen-live",),
    ("Keystation 49",),
    "takes/2026-11-22-205512-piano.mid",
    TimeSignature(3, 4),
    "internal",
    VALUES,
    4711,
)


def state_after(*events: Event) -> ScreenState:
    state = ScreenState()
    for event in events:
        state.handle(event)
    return state


def texts(lines: list[Line]) -> list[str]:
    return [text_of(line) for line in lines]


def index(name: str) -> int:
    """The place of a value in the list."""
    return [row.name for row in panel.choosable(state_after(OPENED))].index(name)


def transport(*events: Event, width: int = 80) -> str:
    return text_of(panel.transport(state_after(*events), 102.0, width))


def test_the_transport_line_shows_position_beat_and_key() -> None:
    position = Position(0, 100.0, 96.0, runs=True)
    assert transport() == "… getting ready"
    assert transport(OPENED) == "… waiting for the start"
    assert transport(OPENED, Position(0, 105.0, 96.0, runs=True)) == "▶ counting in ○●○  96 BPM"
    # Two seconds at 96 are 3.2 quarters.
    assert transport(OPENED, position) == "▶ 2.1 ●○○  96 BPM  D dorian"
    assert transport(OPENED, Position(1920, 101.0, 96.0, runs=True)) == "▶ 2.3 ○○●  96 BPM  D dorian"
    stands = Position(1440, 100.0, 97.52, runs=False)
    assert transport(OPENED, stands) == "■ 2.1  97.52 BPM  D dorian"
    assert transport(OPENED, position, Ended()) == "■ ended  96 BPM  D dorian"


def test_the_chord_of_now_is_shown_and_else_the_key_that_sounds() -> None:
    position, chords = Position(0, 100.0, 96.0, runs=True), Changed("chords", "Dm7 | G7 E7 | C", 1)
    assert transport(OPENED, position, chords) == "▶ 2.1 ●○○  96 BPM  G7"
    assert transport(OPENED, Position(800, 100.0, 96.0, runs=True), chords) == "▶ 2.2 ○●○  96 BPM  E7"
    scale = tuple(Note(120 * step, 120, pitch, 80) for step, pitch in enumerate((57, 59, 60, 62, 64, 65, 68, 69, 57)))
    free = (Changed("key", None, 1), Planned(0, 1440, scale))
    assert transport(OPENED, position, *free) == "▶ 2.1 ●○○  96 BPM  A minor"
    assert transport(OPENED, position, Changed("key", None, 1)) == "▶ 2.1 ●○○  96 BPM"


def test_whose_turn_it_is_and_for_how_long() -> None:
    position, line = Position(0, 100.0, 96.0, runs=True), "▶ 2.1 ●○○  96 BPM  D dorian"
    yours, network = TurnBegan("you", 0), TurnBegan("network", 1440, 5760)
    assert transport(OPENED, position, yours) == f"{line}   your turn, bar 2"
    assert transport(OPENED, position, yours, network) == f"{line}   network's turn, bar 1 of 3"
    assert transport(OPENED, position, yours, TurnBegan("network", 1440)) == f"{line}   network's turn, bar 1"
    # Taken back before it began.
    assert transport(OPENED, position, yours, network, TurnBegan("you", 1440)) == f"{line}   your turn, bar 1"
    later = TurnBegan("network", 2880, 5760)
    assert transport(OPENED, position, yours, later) == f"{line}   your turn, bar 2"


def test_lateness_is_told_when_it_can_be_heard() -> None:
    position, line = Position(0, 100.0, 96.0, runs=True), "▶ 2.1 ●○○  96 BPM  D dorian"
    assert transport(OPENED, position, MessagesSent(0, (), (4.9,), 0)) == line
    late = MessagesSent(1, (), (12.5, 12.5), 4)
    assert transport(OPENED, position, late) == f"{line}  4 left out  12 ms late"
    assert transport(position, Changed("freeze", 4, 1)) == "▶ 1.4 ○○○●  96 BPM   FROZEN 4"
    assert transport(position, Changed("mute", True, 1), Changed("mute", False, 2)) == "▶ 1.4 ○○○●  96 BPM"


def test_a_short_line_keeps_the_reason_for_silence() -> None:
    events = (
        *(OPENED, Position(0, 100.0, 96.0, runs=True), MessagesSent(0, (), (12.5,), 12), Changed("mute", True, 1)),
        *(Changed("freeze", 4, 1), Granted("end", None, 8)),
    )
    said = "▶ 2.1{}   MUTED   FROZEN 4   end at bar 8"
    assert transport(*events, width=90) == said.format(" ●○○  96 BPM  D dorian  12 left out  12 ms late")
    assert transport(*events, width=80) == said.format(" ●○○  96 BPM  D dorian  12 left out")
    assert transport(*events, width=70) == said.format(" ●○○  96 BPM  D dorian")
    assert transport(*events, width=55) == said.format(" ●○○  96 BPM")
    assert transport(*events, width=47) == said.format("  96 BPM")
    assert transport(*events, width=30) == "▶ 2.1  96 BPM   MUTED   FROZE…"


def test_a_reroll_of_frozen_bars_is_not_told_to_be_heard() -> None:
    events = (OPENED, Position(0, 100.0, 96.0, runs=True), Changed("freeze", 4, 1), BarBegan(2))
    line = "▶ 2.1 ●○○  96 BPM  D dorian   FROZEN 4   reroll after the freeze"
    assert transport(*events, Granted("reroll", None, 2)) == line
    assert transport(*events, Granted("reroll", None, 2), Changed("reroll", None, 2)) == line


def test_the_keys_for_help_and_for_the_end_are_always_there() -> None:
    for width in range(14, 200):
        text = text_of(panel.keys(width))
        assert len(text) <= width
        assert text.endswith("? help  q end")


def test_a_value_that_is_a_path_shows_its_end() -> None:
    path = "/home/musician/models/trained-on-all-that-i-ever-played.safetensors"
    model = index("model")

    def line(*events: Event) -> str:
        return text_of(panel.values(state_after(OPENED, *events), 0, 99, 38)[model])

    assert line(Changed("model", path, 0)) == " model …" + path[-30:]
    assert line(Granted("model", path, 7)) == " model → …" + path[-28:]


def test_an_action_is_shown_pending_and_then_for_two_bars() -> None:
    position = Position(0, 100.0, 96.0, runs=True)
    asked, changed = Granted("reroll", None, 8), Changed("reroll", None, 8)
    assert transport(position, asked) == "▶ 1.4 ○○○●  96 BPM   reroll at bar 8"
    assert transport(position, asked, BarBegan(8), changed) == "▶ 1.4 ○○○●  96 BPM   reroll since bar 8"
    assert transport(position, asked, changed, BarBegan(9)) == "▶ 1.4 ○○○●  96 BPM   reroll since bar 8"
    assert transport(position, asked, changed, BarBegan(10)) == "▶ 1.4 ○○○●  96 BPM"


def ports(*events: Event, width: int = 80) -> str:
    return text_of(panel.ports(state_after(*events), 102.0, width))


def test_the_second_line_shows_seed_ports_and_the_end_of_a_path() -> None:
    assert ports() == ""
    music = "sonatina  seed 4711  3/4  ○ from Keystation 49"
    assert ports(OPENED, width=110) == f"{music}  to musicgen-live   take takes/2026-11-22-205512-piano.mid"
    assert ports(OPENED) == f"{music}  to…   …26-11-22-205512-piano.mid"
    bare = Opened(("a", "b"), (), None, TimeSignature(4, 4), "link", ())
    assert ports(bare) == "4/4  link  to a, b   not recorded"


def test_a_dot_shows_whether_the_keyboard_is_heard() -> None:
    begun = (OPENED, Position(0, 100.0, 96.0, runs=True))
    # The music is at tick 1536.
    assert "○ from Keystation 49" in ports(*begun, Played(960, 60, 80), Played(1000, 60, 0))
    assert "● from Keystation 49" in ports(*begun, Played(1200, 60, 80), Played(1250, 60, 0))
    assert "● from Keystation 49" in ports(*begun, Played(0, 60, 80))


def test_every_value_but_the_actions_is_listed() -> None:
    lines = texts(panel.values(state_after(OPENED), 0, 99, 31))
    assert len(lines) == len([row for row in PARAMETERS.values() if row.kind != "action" and not row.part])
    assert lines[:9] == [
        "▸tempo                   96 BPM",
        " temperature                  1",
        " top-p                     0.95",
        " key                   D dorian",
        " density                   auto",
        " texture                   auto",
        " mode                      auto",
        " style                     auto",
        " low                        off",
    ]


def test_the_values_of_parts_are_listed_where_there_are_parts() -> None:
    assert not any("melody" in line for line in texts(panel.values(state_after(OPENED), 0, 99, 31)))
    split = Changed("melody-transpose", 12, 1)
    assert " melody-transpose           +12" in texts(panel.values(state_after(OPENED, split), 0, 99, 31))


def test_few_rows_show_the_chosen_value_between_arrows() -> None:
    assert texts(panel.values(state_after(OPENED), 3, 3, 31)) == [
        "↑top-p                     0.95",
        "▸key                   D dorian",
        "↓density                   auto",
    ]
    assert texts(panel.values(state_after(OPENED), index("mute-at"), 3, 31)) == [
        "↑mute                       off",
        "▸mute-at                    now",
        "↓quantise                   bar",
    ]


def test_a_pending_value_is_marked_and_then_shown_as_changed() -> None:
    asked = Granted("top-p", 0.9, 12)
    assert texts(panel.values(state_after(OPENED, asked), 2, 1, 31)) == ["▸top-p     0.95 → 0.9 at bar 12"]
    changed = Changed("top-p", 0.9, 12)
    assert texts(panel.values(state_after(OPENED, asked, BarBegan(12), changed), 2, 1, 31)) == [
        "▸top-p         0.9 since bar 12"
    ]
    assert texts(panel.values(state_after(OPENED, asked, changed, BarBegan(14)), 2, 1, 31)) == [
        "▸top-p                      0.9"
    ]


def test_a_narrow_line_prefers_the_new_value() -> None:
    state = state_after(
        OPENED, Granted("key", "A minor", 120), Granted("chords", "Dm7 G7 | Cmaj7 | Cm7 F7 | Bbmaj7", 120)
    )
    assert texts(panel.values(state, 3, 1, 45)) == ["▸key            D dorian → A minor at bar 120"]
    assert texts(panel.values(state, 3, 1, 31)) == ["▸key       → A minor at bar 120"]
    assert texts(panel.values(state, index("chords"), 1, 31)) == ["▸chords → Dm7 G7 | Cmaj7 | Cm7…"]


def test_an_unknown_value_is_a_dash() -> None:
    assert texts(panel.values(state_after(), 0, 1, 31)) == ["▸tempo                        -"]


def test_the_chosen_value_has_help_and_a_range() -> None:
    assert text_of(panel.about(PARAMETERS["tempo"], 80)) == (
        "tempo: Quarter notes per minute, without --sync. (10 to 1000 BPM)"
    )
    assert text_of(panel.about(PARAMETERS["polyphony"], 80)) == (
        "polyphony: Maximum number of notes at once. (1 to 64, or off)"
    )
    assert text_of(panel.about(PARAMETERS["key"], 80)) == "key: Only notes of this key. (such as D dorian, or off)"
    assert text_of(panel.about(PARAMETERS["mute"], 80)) == "mute: Send no notes while the music continues."
    assert text_of(panel.about(PARAMETERS["mute"], 20)) == "mute: Send no notes…"


def test_long_messages_wrap_and_the_last_shows_its_beginning() -> None:
    words = state_after(UserMessage("one"), UserMessage("two"), Refused("key", "three four five six seven")).words
    assert texts(panel.log(words, 2, 80)) == ["two", "three four five six seven"]
    assert texts(panel.log(words, 3, 12)) == ["three four", "five six", "seven"]
    assert texts(panel.log(words, 2, 12)) == ["three four", "five six …"]
    assert texts(panel.log((), 2, 80)) == []


def test_the_help_on_keys_fits_and_is_complete_if_possible() -> None:
    assert len(text_of(panel.keys(80))) <= 80
    assert "save" in text_of(panel.keys(150))
    assert "close" in text_of(panel.keys(120))
    assert "…" not in text_of(panel.keys(150))
