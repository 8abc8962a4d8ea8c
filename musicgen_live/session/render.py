"""Writes a take at once: the live player plays a performance on a manual clock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue

from musicgen_live.config.part_options import PartOptions
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.midi.output import Output
from musicgen_live.midi.recorder import Recorder
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.clock import Mailbox, ManualClock
from musicgen_live.player.commands import Feed, Finish
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player, PlayerOptions
from musicgen_live.player.part_channels import parts_of, tracks_of
from musicgen_live.player.sent_log import SentLog, Summary
from musicgen_live.player.transport.internal import InternalTransport
from musicgen_live.session.model_cache import load_model
from musicgen_live.session.part_values import values_at_first
from musicgen_live.session.state import LiveState
from musicgen_live.session.timeline import Timeline


def write_take(
    performance: Performance, path: Path, label: TakeLabel, parts: Sequence[PartOptions] = ()
) -> tuple[Summary, int]:
    """Write a performance to a .mid file with a label, and with a track for each part.

    Return the summary and the number of steps.
    """
    settings = performance.settings
    recorder = Recorder(
        path,
        tracks=tracks_of(parts_of(settings, parts), label.title),
        texts=label.texts(),
        tempo=settings.tempo,
        time_signature=settings.time_signature,
    )
    result = play_at_once(performance, recorder, parts)
    recorder.close()
    return result


def play_at_once(performance: Performance, output: Output, parts: Sequence[PartOptions] = ()) -> tuple[Summary, int]:
    """Send a performance to an output, as fast as it can be composed; return the summary and the number of steps."""
    settings = performance.settings
    mailbox: Mailbox = SimpleQueue()
    state = LiveState(settings, parts=values_at_first(parts))
    timeline = Timeline(
        Composer(performance),
        settings,
        seed=performance.seed,
        load=load_model,
        plays=True,
        splits=bool(parts),
    )
    while timeline.has_turn and (bar := timeline.next_bar()) is not None:
        meter = timeline.meters.at(bar.start_tick)
        mailbox.put(Feed(state.sent(bar.notes, meter), state.pedal(bar, meter.time_signature)))
    mailbox.put(Finish(timeline.next_tick))
    sent_log = SentLog()
    player = Player(
        ManualClock(),
        InternalTransport(TempoMap(((0, settings.tempo),))),
        [Route(output)],
        report=sent_log.record,
        options=PlayerOptions(parts=parts_of(settings, parts), max_note_ticks=settings.max_note_ticks),
    )
    player.run(mailbox)
    return sent_log.summary(), timeline.tokens
