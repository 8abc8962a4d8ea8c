"""The command line: an error of the user is one clear sentence and exit code 2."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import mido
import pytest

from musicgen_live.cli.main import main
from musicgen_live.config.settings import setting_types
from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.music.notes import Note
from musicgen_live.session import opening
from tests.support.midi_writing import write_midi
from tests.support.models import toy_bars_bundle, toy_model

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command in an empty folder; return its exit code, output and error output."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["musicgen-live", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


def test_without_a_command_it_says_what_to_type_first(run: Run) -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    typed = [line.split("  ")[1] for line in out.splitlines()[1:]]
    assert typed == [
        "musicgen-live play --listen",
        "musicgen-live play --web",
        "musicgen-live play",
        "musicgen-live play --port NAME",
        "musicgen-live doctor",
        "musicgen-live --help",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "nosuch"], "there is no model 'nosuch'; there are classic, piano, stream"),
        (["--model", "nosuch.safetensors"], "there is no model 'nosuch.safetensors'"),
        (["--model", "broken.safetensors"], "broken.safetensors is not a model file that can be read"),
        (["--preset", "nosuch"], "there is no preset 'nosuch'; there are "),
        (["--preset", "broken.toml"], "broken.toml cannot be read"),
        (["--tempo", "0"], "tempo is 0; it can be from 10 to 1000"),
        (["--step", "quick"], "step is 'quick'; write it as a fraction of a whole note"),
        (["--key", "H dur"], "key is 'H dur'; write a note and a scale in quotes, such as \"D dorian\""),
        (["--low", "C5", "--high", "C4"], "low is 'C5', which is above high, 'C4'"),
        (
            ["--preset", "classic", "--bars", "8"],
            "bars is 8, but the model classic has no bars, so it cannot count them: say --steps",
        ),
        (["--humanize-velocity", "1" + "0" * 400], "humanize-velocity is far too large; it can be from 0 to"),
        (["--seed", "-1"], "seed is -1; it can be any whole number from 0"),
        (["--prompt", "999"], "prompt is 999; the model"),
        (["--prompt-midi", "nosuch.mid"], "there is no file nosuch.mid; give the path of a .mid file"),
        (["--prompt-midi", "broken.toml"], "broken.toml cannot be read: not a MIDI file"),
        (["--chords", "Dm7 H7"], "chords has 'H7', which is no chord known here; write a root from A to G"),
        (["--chord-strength", "101"], "chord-strength is 101; it can be from 0 to 100"),
        (["--decode", "best"], "decode is 'best'; it can be argmax, pure-argmax, sample"),
        (["--out", "take.wav"], "--out is 'take.wav'; it has to end in .mid"),
        (
            ["--out", "broken.toml/take.mid"],
            "--out is 'broken.toml/take.mid', which cannot be written (broken.toml is a file, not a folder); choose",
        ),
    ],
)
@pytest.mark.parametrize("command", ["play", "render"])
def test_a_wrong_argument_is_one_sentence(run: Run, command: str, arguments: list[str], sentence: str) -> None:
    Path("broken.safetensors").write_bytes(b"\x80\x04\x95 this is a pickle, or nothing at all")
    Path("broken.toml").write_text("model = ")
    if command == "render" and "--out" not in arguments:
        arguments = [*arguments, "--out", "take.mid"]
    code, out, err = run(command, *arguments)
    assert code == 2
    assert err.startswith("Error: ")
    assert sentence in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert out == ""
    assert not list(Path().rglob("*.mid")), out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--latency-ms", "2000"], "the latency 2000.0; it can be from -1000 to 1000 milliseconds"),
        (["--input", ""], "--input is ''; write the name of a port"),
        (["--preset", ""], "there is no preset ''; there are "),
        (["--step", "1/7"], "--step is '1/7'; write 1/8, 1/12 for triplets, or 3/16, up to 64 whole notes"),
        (["--part", "bass:channel=17"], "Error: 'bass:channel=17' has '17' where a whole number from 1 to 16 belongs"),
        (["--port", "a:channel=17"], "has '17' where a whole number from 1 to 16 belongs"),
        (["--no-record", "--out", "take.mid"], "--no-record and --out take.mid exclude each other"),
        (["--join"], "--join is of no use with --sync internal; say --sync clock"),
        (["--join", "--sync", "clock", "--count-in", "1"], "--join and --count-in exclude each other"),
        (["--join", "--sync", "link"], "--join is of no use with --sync link, whose session is joined"),
        (["--respond", "answer"], "--respond is of no use without a keyboard to listen to; say --input NAME too"),
        (["--input", "keys", "--respond", "loud"], "--respond is 'loud'; it can be continue, answer, follow"),
        (["--input", "keys", "--enter", "note"], "--enter is 'note'; it can be beat or bar"),
        (
            ["--input", "keys", "--respond", "follow", "--enter", "bar"],
            "--enter is bar, which is of no use with --respond follow; leave it out",
        ),
        (["--input", "page"], "--input page is the keyboard that --web shows; say --web too"),
        (["--input", "keys", "--answer-bars", "2"], "--answer-bars is 2, which is for --respond answer; say that too"),
        (["--input", "keys", "--input", "pads"], "--input is given 2 times (keys, pads); it can be one port"),
        (["--control", "a", "--control", "b"], "--control is given 2 times (a, b); it can be one port"),
        (["--soundfont", "a.sf2"], "--soundfont is of no use without sound; say --listen too"),
        (["--listen-volume", "-6"], "--listen-volume is of no use without sound; say --listen too"),
        (["--listen", "--listen-volume", "20"], "--listen-volume is 20; it can be from -60 to 12 dB"),
        (["--listen", "--listen-latency-ms", "5"], "--listen-latency-ms is 5; it can be from 10 to 500 milliseconds"),
        (["--listen", "--instrument", "kazoo"], "there is no instrument 'kazoo'; there are "),
        (
            ["--listen", "--instrument", "piano", "--soundfont", "a.sf2"],
            "--instrument piano and --soundfont a.sf2 exclude each other; give one",
        ),
        (["--listen", "--soundfont", "none.sf2"], "--soundfont is 'none.sf2', which cannot be read (No such file"),
        (["--osc", "studio"], "osc is 'studio'; write a port from 1 to 65535, such as 9000, or with an address of"),
        (["--osc", "127.0.0.1:0"], "osc is '127.0.0.1:0'; write a port from 1 to 65535"),
        (["--web", "studio"], "web is 'studio'; leave the address out, or write a port from 1 to 65535, such as 8080"),
        (["--osc", "nowhere.invalid:9000"], "write a port alone after --osc, such as 9000, or an address of this"),
    ],
)
def test_wrong_flags_are_refused(run: Run, arguments: list[str], sentence: str) -> None:
    code, _, err = run("play", *arguments)
    assert code == 2
    assert sentence in err
    assert err.count("\n") == 1
    assert not list(Path().rglob("*.mid"))


def test_a_taken_osc_port_is_refused_before_anything_plays(run: Run) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        code, out, err = run("play", "--osc", str(port))
    assert (code, "MIDI goes to" in out) == (2, False)
    assert f"Error: OSC cannot be heard at 127.0.0.1:{port} (" in err
    assert err.endswith("; choose another port with --osc\n")
    assert err.count("\n") == 1
    assert not list(Path().rglob("*.mid"))


@pytest.mark.usefixtures("no_jack")
@pytest.mark.skipif(Path("/dev/snd/seq").exists(), reason="this machine has a MIDI system that cannot be hidden")
@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        (["--port", "synth"], "--port"),
        (["--input", "keys"], "--input"),
        (
            ["--input", "keys", "--respond", "follow", "--thru", "--virtual", "x"],
            "--virtual, --input, --respond and --thru",
        ),
        (["--sync", "clock", "--control", "knobs"], "--sync and --control"),
        (["--no-record"], "--no-record"),
    ],
)
def test_without_midi_the_error_names_the_flags_to_leave_out(run: Run, arguments: list[str], flags: str) -> None:
    code, _, err = run("play", *arguments)
    assert code == 2
    assert err.startswith("Error: No MIDI system is ready on this machine: no ALSA nor JACK. ")
    assert err.endswith(f" To record all the same, leave out {flags}.\n")
    assert not list(Path().rglob("*.mid"))


@pytest.mark.usefixtures("no_jack")
@pytest.mark.skipif(Path("/dev/snd/seq").exists(), reason="this machine has a MIDI system that cannot be hidden")
@pytest.mark.parametrize("arguments", [["--port", "synth"], ["--control", "knobs"], ["--listen-device", "nosuch"]])
def test_the_error_of_a_port_or_device_stands_alone(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    listen = ["--listen"] if "--listen-device" in arguments else []
    code, out, err = run("play", "--model", str(toy_model(tmp_path)), *listen, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)


@pytest.mark.usefixtures("no_jack")
@pytest.mark.skipif(Path("/dev/snd/seq").exists(), reason="this machine has a MIDI system that cannot be hidden")
def test_without_midi_and_sound_lines_of_json_say_that_the_take_opened_and_ended(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "SoundOptions", lambda: SoundOptions(device="nosuch"))
    flags = ["--preset", "classic", "--model", str(toy_model(tmp_path)), "--steps", "4"]
    code, out, err = run("play", *flags, "--tempo", "90", "--seed", "3", "--out", "take.mid", "--json")
    assert (code, err) == (0, "")
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["event"] for event in events] == ["said", "said", "opened", "ended"]
    opened = events[2]
    assert (opened["take"], opened["outputs"], opened["seed"]) == ("take.mid", [], 3)
    assert dict(opened["values"])["tempo"] == 90
    assert Path("take.mid").is_file()


def test_render_prints_the_path_of_the_take(run: Run, tmp_path: Path) -> None:
    model = toy_model(tmp_path)
    code, out, err = run("render", "--model", str(model), "--steps", "8", "--seed", "1", "--out", "take.mid")
    assert (code, err) == (0, "")
    assert "seed 1.\nDone: 19 notes, seed 1.\n" in out
    assert out.endswith("The take: take.mid\n")
    assert Path("take.mid").stat().st_size > 100


def test_flags_win_over_the_preset(run: Run, tmp_path: Path) -> None:
    model = toy_model(tmp_path)
    Path("mine.toml").write_text(f"model = {json.dumps(str(model))}\nsteps = 3\ntempo = 99\n")
    of_preset = run("render", "--preset", "mine.toml", "--out", "a.mid", "--json")[1]
    of_flag = run("render", "--preset", "mine.toml", "--steps", "5", "--out", "b.mid", "--json")[1]
    assert [json.loads(out)["steps"] for out in (of_preset, of_flag)] == [3, 5]


def test_another_model_drops_values_that_it_cannot_have(run: Run, tmp_path: Path) -> None:
    toy_bars_bundle().save(tmp_path / "toy.safetensors")
    Path("mine.toml").write_text(
        'model = "toy.safetensors"\nbars = 2\nstyle = "baroque"\nprompt = 3\nmax-onsets = 1.0\ntempo = 99\n'
    )
    _, out, err = run("render", "--preset", "mine.toml", "--model", "stream", "--seed", "0", "--out", "a.mid")
    assert ("The model stream at 99 BPM, opening " in out, err) == (True, "")
    _, out, err = run("render", "--preset", "stream", "--model", "toy.safetensors", "--seed", "0", "--out", "b.mid")
    assert ("The model toy at 108 BPM, opening 1" in out, err) == (True, "")
    code, _, err = run("render", "--model", "toy.safetensors", "--step", "1/8", "--out", "c.mid")
    assert (code, "step is 1/8, but the model toy.safetensors has notes of many lengths" in err) == (2, True)
    _, out, err = run("render", "--model", "toy.safetensors", "--seed", "2", "--out", "d.mid")
    assert ("opening 3" in out, err) == (True, ""), "the default preset's style, metre and so on are not its own"


def test_a_continued_file_sets_tempo_and_meter_unless_flags_do(run: Run, tmp_path: Path) -> None:
    toy_bars_bundle().save(tmp_path / "toy.safetensors")
    write_midi(tmp_path / "song.mid", [[Note(0, 480, 60, 80)]], time_signatures=[(0, 6, 8)], tempos=[(0, 72.5)])
    Path("mine.toml").write_text('model = "toy.safetensors"\nbars = 2\nprompt = 3\ntempo = 99\nmeter = "4/4"\n')

    def rendered(*flags: str) -> tuple[str, list[int], list[str]]:
        code, out, err = run("render", "--preset", "mine.toml", "--seed", "1", "--out", "take.mid", "--force", *flags)
        assert (code, err) == (0, "")
        signs = [message for track in mido.MidiFile("take.mid").tracks for message in track if message.is_meta]
        tempos = [message.tempo for message in signs if message.type == "set_tempo"]
        meters = [f"{m.numerator}/{m.denominator}" for m in signs if m.type == "time_signature"]
        return out.partition("\n")[0], tempos, meters

    on = ("--prompt-midi", "song.mid")
    summary = "The model toy at 72.5 BPM, from the end of song.mid, seed 1."
    assert rendered(*on) == (summary, [827586], ["6/8"])
    summary = "The model toy at 60 BPM, from the end of song.mid, seed 1."
    assert rendered(*on, "--tempo", "60", "--meter", "3/4") == (summary, [1000000], ["3/4"])
    Path("mine.toml").write_text('model = "toy.safetensors"\nbars = 2\nprompt-midi = "song.mid"\nchords = "C | G7"\n')
    assert rendered()[1:] == ([827586], ["6/8"])
    assert rendered("--prompt", "1")[0] == "The model toy at 120 BPM, opening 1, seed 1."


def test_presets_are_listed_shown_and_found(run: Run) -> None:
    assert "classic " in run("presets", "list")[1]
    assert 'model = "classic"' in run("presets", "show", "classic")[1]
    assert run("presets", "path", "classic")[1].strip().endswith("classic.toml")
    assert run("presets", "show", "nosuch")[0] == 2


def test_models_are_listed_and_shown(run: Run) -> None:
    assert "recipe classic" in run("models", "list")[1]
    shown = run("models", "show", "classic")[1]
    assert "licence: Public Domain" in shown
    assert "mode: window" in shown


def test_a_model_with_bars_lists_its_styles_and_plays_one(run: Run, tmp_path: Path) -> None:
    toy_bars_bundle().save(tmp_path / "toy.safetensors")
    shown = run("models", "show", "toy.safetensors")[1]
    assert "encoding: bars\n" in shown
    assert "styles: baroque (1 prompt), romantic (1 prompt), ragtime (2 prompts)\n" in shown
    flags = ["--style", "ragtime", "--bars", "2", "--key", "D major", "--decode", "sample", "--max-onsets", "2"]
    _, out, err = run("render", "--model", "toy.safetensors", *flags, "--seed", "1", "--out", "take.mid")
    # Ragtime has a tempo of its own, and is dense.
    assert (out.startswith("The model toy at 76 BPM, opening 1, seed 1.\nDone: "), err) == (True, "")
    code, _, err = run("render", "--model", "toy.safetensors", "--style", "jazz", "--out", "no.mid")
    assert (code, err) == (2, "Error: --style is 'jazz'; the model toy.safetensors knows baroque, romantic, ragtime\n")


@pytest.mark.parametrize("command", ["play", "render"])
def test_help_has_every_flag_under_a_heading(run: Run, command: str) -> None:
    _, out, _ = run(command, "--help")
    headings = ["Music", "Sampling", "Limits that always hold", "Sound"]
    assert [out.count(f"─ {heading} ─") for heading in headings] == [1, 1, 1, 1]
    for name in setting_types():
        assert f"--{name.replace('_', '-')} " in out


def test_help_names_every_command(run: Run) -> None:
    _, out, _ = run("--help")
    for command in ("play", "render", "ports", "panic", "presets", "models"):
        assert command in out


def test_render_replaces_a_file_only_with_force(run: Run) -> None:
    Path("take.mid").write_bytes(b"precious")
    arguments = ("render", "--bars", "1", "--seed", "1", "--out", "take.mid")
    code, _, err = run(*arguments)
    refusal = "Error: --out is 'take.mid', which is there already; choose another name, or add --force\n"
    assert (code, err, Path("take.mid").read_bytes()) == (2, refusal, b"precious")
    # Not even as the source of the music.
    assert run(*arguments, "--prompt-midi", "take.mid")[0] == 2
    assert run(*arguments, "--force")[0] == 0
    assert Path("take.mid").read_bytes()[:4] == b"MThd"


def test_an_existing_take_is_never_overwritten(run: Run) -> None:
    Path("take.mid").write_bytes(b"precious")
    code, _, err = run("play", "--out", "take.mid")
    assert code == 2
    assert "which is there already; choose another name" in err
    assert Path("take.mid").read_bytes() == b"precious"
