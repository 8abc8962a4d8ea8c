"""Writes a take at once: the live player plays a performance on a manual clock."""

from __future__ import annotations

from pathlib import Path
from queue import SimpleQueue

from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.midi.output import Output
from musicgen_live.midi.recorder import Recorder
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.clock import Mailbox, ManualClock
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player, PlayerOptions
from musicgen_live.player.protocol import Feed, Finish
from musicgen_live.player.sent_log import SentLog, Summary
from musicgen_live.player.transport.internal import InternalTransport
from musicgen_live.takes.label import TakeLabel


def write_take(performance: Performance, path: Path, label: TakeLabel) -> tuple[Summary, int]:
    """Write a performance to a .mid file with a label; return the summary and the number of steps."""
    settings = performance.settings
    recorder = Recorder(
        path, name=label.title, texts=label.texts(), tempo=settings.tempo, time_signature=settings.time_signature
    )
    result = play_at_once(performance, recorder)
    recorder.close()
    return result


def play_at_once(performance: Performance, output: Output) -> tuple[Summary, int]:
    """Send a performance to an output, as fast as it can be composed; return the summary and the number of steps."""
    settings = performance.settings
    mailbox: Mailbox = SimpleQueue()
    until_tick = steps = 0
    for step in Composer(performance).steps():
        mailbox.put(Feed(step.notes))
        until_tick, steps = step.until_tick, steps + 1
    mailbox.put(Finish(until_tick))
    sent_log = SentLog()
    player = Player(
        ManualClock(),
        InternalTransport(TempoMap(((0, settings.tempo),))),
        [Route(output)],
        report=sent_log.record,
        options=PlayerOptions(
            channel=settings.channel - 1,
            program=None if settings.program is None else settings.program - 1,
            max_note_ticks=settings.max_note_ticks,
        ),
    )
    player.run(mailbox)
    return sent_log.summary(), steps
