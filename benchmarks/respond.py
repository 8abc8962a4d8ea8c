"""Measures the response time: from the end of a phrase, or from a change, until the player has new notes.

    python -m benchmarks.respond [--quick] [--json] [--preset sonatina] [--model piano]

A musician plays phrases, and the model continues each. The clock is a manual one that jumps, so ten minutes of playing
take seconds; the figures are the computing time from the last release in the mailbox until the network has generated
its first note (`first_note`), and until the player has the whole bar (`answer`). Player, listener and network run in
one process; the figures leave out the pipe between the two processes of `play`. For comparison, the same network in
the same run reads the music so far, the latest 1,024 ids, after each phrase, as a model without state must; that time
ends when it has read them, so before its first note. The second part makes changes within a bar and measures until the
player has the bars composed with them; `model` switches between two models that are already loaded. The third part
jumps to bar 65, as a DAW does, and composes the bar there (`far`); for comparison it composes all bars up to it.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from musicgen_live.model.blas import use_one_blas_thread

use_one_blas_thread()

from benchmarks import command  # noqa: E402
from benchmarks.figure import Figure  # noqa: E402
from benchmarks.quantiles import quantile  # noqa: E402
from musicgen_live.config.library import model_path  # noqa: E402
from musicgen_live.config.parameter import Change  # noqa: E402
from musicgen_live.config.presets import load_preset  # noqa: E402
from musicgen_live.config.settings import Settings  # noqa: E402
from musicgen_live.generation.composer import Composer  # noqa: E402
from musicgen_live.generation.performance import Performance  # noqa: E402
from musicgen_live.generation.step import Step  # noqa: E402
from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON  # noqa: E402
from musicgen_live.model.bundle import Bundle  # noqa: E402
from musicgen_live.model.lstm import Network  # noqa: E402
from musicgen_live.model.predictors import predictor, read_all  # noqa: E402
from musicgen_live.music.notes import PPQ  # noqa: E402
from musicgen_live.player.commands import Command, Feed, Incoming, Stop  # noqa: E402
from musicgen_live.session.listening.decisions import ListenOptions  # noqa: E402
from musicgen_live.session.model_cache import load_model  # noqa: E402
from musicgen_live.session.timeline import Timeline  # noqa: E402
from tests.support.rehearsal import Script, ShippedRehearsal  # noqa: E402

TEMPO = 120.0
BAR_S = 4 * 60 / TEMPO
BAR_TICKS = 4 * PPQ
PHRASE_EVERY_BARS = 6
FIRST_S = 1.0
WARM_UP = 2
CONTEXT_IDS = 1024
SEED = 5
PRESET, MODEL = "sonatina", "piano"

CHANGES = (
    Change("temperature", 0.8),
    Change("density", "sparse"),
    Change("key", "A minor"),
    Change("reroll"),
    Change("density", "dense"),
    Change("temperature", 1.0),
    Change("chords", "Dm7 G7 | Cmaj7"),
    Change("key", "C major"),
)
FAR_BAR = 65
FAR_TIMES = 5

MODELS = (Change("model", "stream"), Change("model", "piano"))


class Noting(Composer):
    """Composer that stores the time of its first generated note."""

    wrote_s: float | None = None

    def _write_bar(self) -> Iterator[Step]:
        # Each step passes here as soon as it is generated, long before its bar is complete.
        for step in super()._write_bar():
            if step.notes and self.wrote_s is None:
                self.wrote_s = time.perf_counter()
            yield step


class Timed(ShippedRehearsal):
    """Rehearsal that measures response times, and stores the music at the end of each phrase."""

    composer_type = Noting

    def __init__(
        self, settings: Settings, script: Script, ends: set[float], listen_options: ListenOptions | None
    ) -> None:
        self.composer: Noting
        self._ends = ends
        self._began_s: float | None = None
        self.answers_ms: list[float] = []
        """Time from each end of a phrase, or change, to the next fed bar with a note."""
        self.first_notes_ms: list[float] = []
        self.contexts: list[tuple[int, ...]] = []
        """The latest ids of the music at each of these times."""
        super().__init__(settings, script, SEED, listen_options=listen_options)

    def bundle(self, model: str) -> Bundle:
        """Return the model itself, where tests have a light one."""
        return load_model(model)

    def _put(self, what: Change | Command) -> None:
        if isinstance(what, Change) or (isinstance(what, Incoming) and what.at_s in self._ends):
            self.composer.wrote_s = None
            self._began_s = time.perf_counter()
        super()._put(what)

    def send(self, command: Command) -> None:
        """Put a command into the player's mailbox, and measure how long it took to come."""
        if self._began_s is not None and isinstance(command, Feed) and command.notes:
            self.answers_ms.append(1000 * (time.perf_counter() - self._began_s))
            if self.composer.wrote_s is not None:
                self.first_notes_ms.append(1000 * (self.composer.wrote_s - self._began_s))
            self._began_s = None
            self.contexts.append(self.composer.ids[-CONTEXT_IDS:])
        super().send(command)


def phrases(count: int) -> tuple[Script, set[float]]:
    """Return phrases of 4 to 12 notes and chords, one every six bars, and the time of the last release of each."""
    rng = random.Random(SEED)
    script: list[tuple[float, Command]] = []
    ends: set[float] = set()
    for i in range(count):
        at_s = FIRST_S + i * PHRASE_EVERY_BARS * BAR_S
        for _ in range(rng.randrange(4, 13)):
            length_s = rng.choice([0.25, 0.25, 0.5])
            for pitch in rng.sample(range(55, 80), rng.choice([1, 1, 1, 3])):
                for when_s, status in ((at_s, NOTE_ON), (at_s + 0.9 * length_s, NOTE_OFF)):
                    message = bytes((status, pitch, rng.randrange(50, 100)))
                    script.append((when_s, Incoming(0, "input", False, when_s, message)))
            end_s = at_s + 0.9 * length_s
            at_s += length_s
        ends.add(end_s)
    return sorted(script, key=lambda event: event[0]), ends


def settings_of(preset: str, model: str) -> Settings:
    """Return the settings of the take."""
    given = {"model": model, "tempo": TEMPO, "meter": "4/4", "bars": 1_000_000}
    return load_preset(preset).settings.changed(given)


def time_phrases(settings: Settings, count: int) -> Timed:
    """Play phrases, each of which the model continues at the next bar line."""
    script, ends = phrases(count + WARM_UP)
    stop = (FIRST_S + (count + WARM_UP) * PHRASE_EVERY_BARS * BAR_S, Stop())
    return Timed(settings, [*script, stop], ends, ListenOptions("continue"))


def time_changes(settings: Settings, changes: Sequence[Change], count: int) -> list[float]:
    """Make the changes in turns, one every three bars, while the model plays; return the response times in ms."""
    at_s = [(3.3 + 3 * i) * BAR_S for i in range(count + len(changes))]
    script = [(when_s, changes[i % len(changes)]) for i, when_s in enumerate(at_s)]
    return Timed(settings, [*script, (at_s[-1] + BAR_S, Stop())], set(), None).answers_ms[len(changes) :]


def time_reading(bundle: Bundle, contexts: Sequence[Sequence[int]]) -> list[float]:
    """Return the time in ms in which the same network reads each of the contexts from its beginning."""
    reader = predictor(Network(bundle.architecture, bundle.tensors))
    times_ms = []
    for ids in contexts:
        reader.reset()
        start_s = time.perf_counter()
        read_all(reader, list(ids))
        times_ms.append(1000 * (time.perf_counter() - start_s))
    return times_ms


def time_far(settings: Settings) -> tuple[list[float], list[float]]:
    """Return the times in ms to the first bar far ahead: by a jump, and with all bars before it."""
    performance = Performance.load(settings, SEED)
    jumps_ms: list[float] = []
    rolls_ms: list[float] = []
    for times_ms, bars in [(jumps_ms, 1), (rolls_ms, FAR_BAR)] * FAR_TIMES:
        timeline = Timeline(Composer(performance), performance.settings, seed=SEED, load=load_model, plays=True)
        start_s = time.perf_counter()
        if bars == 1:
            timeline.seek((FAR_BAR - 1) * BAR_TICKS)
        for _ in range(bars):
            timeline.next_bar()
        times_ms.append(1000 * (time.perf_counter() - start_s))
    return jumps_ms, rolls_ms


def described(name: str, times_ms: Sequence[float]) -> dict[str, float]:
    """Return median, 99th percentile and maximum, with `name` in their keys."""
    return {
        f"{name}_median_ms": round(statistics.median(times_ms), 3),
        f"{name}_p99_ms": round(quantile(times_ms, 0.99), 3),
        f"{name}_max_ms": round(max(times_ms), 3),
    }


def measure(preset: str, model: str, count: int) -> dict[str, Any]:
    """Measure phrases, reading from the beginning, and changes."""
    settings = settings_of(preset, model)
    bundle = Bundle.load(model_path(settings.model))
    played = time_phrases(settings, count)
    answers_ms = played.answers_ms[WARM_UP:]
    contexts = played.contexts[WARM_UP:]
    reading_ms = time_reading(bundle, contexts)
    jumps_ms, rolls_ms = time_far(settings)
    return {
        "model": model,
        "units": bundle.architecture.units,
        "phrases": len(answers_ms),
        "ids_median": statistics.median(len(ids) for ids in contexts),
        **described("first_note", played.first_notes_ms[WARM_UP:]),
        **described("answer", answers_ms),
        **described("reading_all", reading_ms),
        **described("change", time_changes(settings, CHANGES, count)),
        **described("model", time_changes(settings, MODELS, count)),
        **described("far", jumps_ms),
        **described("far_in_full", rolls_ms),
    }


def measured(quick: bool, preset: str = PRESET, model: str = MODEL) -> dict[str, Any]:
    """Measure with 50 phrases, or with ten."""
    return measure(preset, model, 10 if quick else 50)


def figures_of(result: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    model = f"with `{result['model']}` of {result['units']} units"
    first = f"from the end of a phrase to the network's first note, ready to be played, {model}"
    change = f"from a change, such as a turn of a knob, to the new bars, ready to be played, {model}"
    return (
        Figure(
            name=first,
            value=result["first_note_median_ms"],
            unit="ms",
            peer="the same network that reads the latest 1,024 ids anew",
            peer_value=result["reading_all_median_ms"],
            telling=True,
        ),
        Figure(name=f"{first}, 99th percentile", value=result["first_note_p99_ms"], unit="ms"),
        Figure(name=f"the same until the whole bar is there, {model}", value=result["answer_median_ms"], unit="ms"),
        Figure(
            name=change,
            value=result["change_median_ms"],
            unit="ms",
            at_most=15,
            limit="three quarters of it are the steps of the network, one for each of the 15 to 75 tokens of the bar, "
            "which is composed as a whole; and each step reads all weights",
        ),
        Figure(name=f"{change}, 99th percentile", value=result["change_p99_ms"], unit="ms"),
        Figure(
            name="from the choice of another model, which is loaded, to its bars",
            value=result["model_median_ms"],
            unit="ms",
        ),
        Figure(
            name=f"from a jump to bar {FAR_BAR} to its notes",
            value=result["far_median_ms"],
            unit="ms",
            peer="composing all bars before it",
            peer_value=result["far_in_full_median_ms"],
        ),
    )


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = command.parser(__doc__)
    parser.add_argument("--preset", default=PRESET)
    parser.add_argument("--model", default=MODEL)
    given = parser.parse_args()
    command.show(lambda: measured(given.quick, given.preset, given.model), figures_of, as_json=given.json)


if __name__ == "__main__":
    main()
