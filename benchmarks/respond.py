"""How soon there is an answer: from the end of a phrase, or from a change, until new notes are with the player.

    python -m benchmarks.respond [--json] [--phrases 50] [--preset sonatina] [--model piano]

A musician plays phrases, the model goes on from each. Musical time is a clock that jumps, so ten minutes of playing
take seconds; what is counted is the time that the work takes, from the last release put into the mailbox: until
the network has written its first note (`first_note`), and until the whole bar is with the player (`answer`). Player,
listener and network are in one process; the pipe between the two processes of `play` is left out. The peer is the same
network in the same run that reads the music so far, the latest 1,024 ids of it, when the phrase is over, as a model
that keeps no state has to; it is timed at every phrase, and only until it has read, so before its first note. The
steering part asks for changes within a bar and counts until the bars composed by them are with the player; `model`
changes between two models that were loaded before.
Prints a table, and one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import time
from collections.abc import Iterator, Sequence

from musicgen_live.model.blas import use_one_blas_thread

use_one_blas_thread()

from musicgen_live.config.library import model_path  # noqa: E402
from musicgen_live.config.parameters import Change  # noqa: E402
from musicgen_live.config.presets import load_preset  # noqa: E402
from musicgen_live.config.settings import Settings  # noqa: E402
from musicgen_live.generation.composer import Composer  # noqa: E402
from musicgen_live.generation.step import Step  # noqa: E402
from musicgen_live.model.bundle import Bundle  # noqa: E402
from musicgen_live.model.lstm import Network, predictor, read_all  # noqa: E402
from musicgen_live.player.protocol import Command, Feed, Incoming, Stop  # noqa: E402
from musicgen_live.session.listening.decisions import ListenOptions  # noqa: E402
from tests.support.rehearsal import Rehearsal, Script  # noqa: E402

TEMPO = 120.0
BAR_S = 4 * 60 / TEMPO
PHRASE_EVERY_BARS = 6
FIRST_S = 1.0
WARM_UP = 2
CONTEXT_IDS = 1024
SEED = 5

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
MODELS = (Change("model", "stream"), Change("model", "piano"))


class Noting(Composer):
    """Notes when it has written a note."""

    wrote_s: float | None = None

    def _write_bar(self) -> Iterator[Step]:
        # Each step comes by here once it is chosen, long before the bar that it is of is whole.
        for step in super()._write_bar():
            if step.notes and self.wrote_s is None:
                self.wrote_s = time.perf_counter()
            yield step


class Timed(Rehearsal):
    """A rehearsal that notes when things are put into the player's mailbox, and the music at the end of each phrase."""

    composer_type = Noting

    def __init__(
        self, settings: Settings, script: Script, ends: set[float], listen_options: ListenOptions | None
    ) -> None:
        self.composer: Noting
        self._ends = ends
        self._began_s: float | None = None
        self.answers_ms: list[float] = []
        """From each end of a phrase, or wish, to the first bar with a note that was fed after it."""
        self.first_notes_ms: list[float] = []
        self.contexts: list[tuple[int, ...]] = []
        """The latest ids of the music up to then."""
        super().__init__(settings, script, SEED, listen_options=listen_options)

    def _put(self, what: Change | Command) -> None:
        if isinstance(what, Change) or (isinstance(what, Incoming) and what.at_s in self._ends):
            self.composer.wrote_s = None
            self._began_s = time.perf_counter()
        super()._put(what)

    def _send(self, command: Command) -> None:
        if self._began_s is not None and isinstance(command, Feed) and command.notes:
            self.answers_ms.append(1000 * (time.perf_counter() - self._began_s))
            if self.composer.wrote_s is not None:
                self.first_notes_ms.append(1000 * (self.composer.wrote_s - self._began_s))
            self._began_s = None
            self.contexts.append(self.composer.ids[-CONTEXT_IDS:])
        super()._send(command)


def phrases(count: int) -> tuple[Script, set[float]]:
    """Phrases of 4 to 16 notes and chords, one every six bars, and when the last key of each comes up."""
    rng = random.Random(SEED)
    script: list[tuple[float, Command]] = []
    ends: set[float] = set()
    for i in range(count):
        at_s = FIRST_S + i * PHRASE_EVERY_BARS * BAR_S
        for _ in range(rng.randrange(4, 13)):
            length_s = rng.choice([0.25, 0.25, 0.5])
            for pitch in rng.sample(range(55, 80), rng.choice([1, 1, 1, 3])):
                for when_s, status in ((at_s, 0x90), (at_s + 0.9 * length_s, 0x80)):
                    message = bytes((status, pitch, rng.randrange(50, 100)))
                    script.append((when_s, Incoming(0, "input", False, when_s, message)))
            end_s = at_s + 0.9 * length_s
            at_s += length_s
        ends.add(end_s)
    return sorted(script, key=lambda event: event[0]), ends


def settings_of(preset: str, model: str) -> Settings:
    """Those of the take."""
    given = {"model": model, "tempo": TEMPO, "meter": "4/4", "bars": 1_000_000}
    return load_preset(preset).settings.changed(given)


def time_phrases(settings: Settings, count: int) -> Timed:
    """Play phrases, each gone on from at the next bar line."""
    script, ends = phrases(count + WARM_UP)
    stop = (FIRST_S + (count + WARM_UP) * PHRASE_EVERY_BARS * BAR_S, Stop())
    return Timed(settings, [*script, stop], ends, ListenOptions("continue"))


def time_changes(settings: Settings, changes: Sequence[Change], count: int) -> list[float]:
    """Ask for changes in turns, one every three bars, while the model plays."""
    at_s = [(3.3 + 3 * i) * BAR_S for i in range(count + len(changes))]
    script = [(when_s, changes[i % len(changes)]) for i, when_s in enumerate(at_s)]
    return Timed(settings, [*script, (at_s[-1] + BAR_S, Stop())], set(), None).answers_ms[len(changes) :]


def time_reading(bundle: Bundle, contexts: Sequence[Sequence[int]]) -> list[float]:
    """How long the same network takes to read all of the music, for each of these."""
    reader = predictor(Network(bundle.architecture, bundle.tensors))
    times_ms = []
    for ids in contexts:
        reader.reset()
        start_s = time.perf_counter()
        read_all(reader, list(ids))
        times_ms.append(1000 * (time.perf_counter() - start_s))
    return times_ms


def ranked(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of all does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def described(name: str, times_ms: Sequence[float]) -> dict[str, float]:
    """Median, p99 and maximum under names of their own."""
    return {
        f"{name}_median_ms": round(statistics.median(times_ms), 3),
        f"{name}_p99_ms": round(ranked(times_ms, 0.99), 3),
        f"{name}_max_ms": round(max(times_ms), 3),
    }


def measure(preset: str, model: str, count: int) -> dict[str, float | str]:
    """All three parts."""
    settings = settings_of(preset, model)
    bundle = Bundle.load(model_path(settings.model))
    played = time_phrases(settings, count)
    answers_ms = played.answers_ms[WARM_UP:]
    contexts = played.contexts[WARM_UP:]
    reading_ms = time_reading(bundle, contexts)
    return {
        "model": model,
        "units": bundle.architecture.units,
        "phrases": len(answers_ms),
        "ids_median": statistics.median(len(ids) for ids in contexts),
        **described("first_note", played.first_notes_ms[WARM_UP:]),
        **described("answer", answers_ms),
        **described("reading_all", reading_ms),
        "ratio": round(statistics.median(reading_ms) / statistics.median(played.first_notes_ms[WARM_UP:]), 2),
        **described("change", time_changes(settings, CHANGES, count)),
        **described("model", time_changes(settings, MODELS, count)),
    }


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON line alone")
    parser.add_argument("--phrases", type=int, default=50)
    parser.add_argument("--preset", default="sonatina")
    parser.add_argument("--model", default="piano")
    given = parser.parse_args()
    result = measure(given.preset, given.model, given.phrases)
    if not given.json:
        print(f"{result['model']}, {result['units']} units, {result['phrases']} phrases; ms: median, p99, most")
        said = {
            "first_note": "from the end of a phrase to the first note",
            "answer": "from the end of a phrase to the first bar",
            "reading_all": f"the peer: {result['ids_median']} ids read anew",
            "change": "from a change to the new bars",
            "model": "from another model to its bars",
        }
        for name, words in said.items():
            times = "".join(f"{result[f'{name}_{kind}_ms']:>10}" for kind in ("median", "p99", "max"))
            print(f"  {words:48}{times}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
