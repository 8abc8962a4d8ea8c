"""Ends notes before they are over: at a stop, a mute, a cut, a change of channel, a panic, the end of the take."""

from __future__ import annotations

from musicgen_live.midi.hanging_notes import silence
from musicgen_live.music.notes import Note
from musicgen_live.player.clock_out import TimingMessages
from musicgen_live.player.delay_compensation import DelayCompensation
from musicgen_live.player.part_voices import PartVoices
from musicgen_live.player.schedule import Schedule
from musicgen_live.player.sender import Sender
from musicgen_live.player.take_tail import CUT_OFF_TICKS
from musicgen_live.player.voices import Send


class Endings:
    """Ends what sounds; the notes to come keep their ticks. Ticks are those of the music, `send` sends at one."""

    def __init__(
        self,
        voices: PartVoices,
        schedule: Schedule,
        timing: TimingMessages,
        delay_compensation: DelayCompensation,
        sender: Sender,
    ) -> None:
        self._voices = voices
        self._schedule = schedule
        self._timing = timing
        self._delay_compensation = delay_compensation
        self._sender = sender

    def stop(self, tick: int, send: Send) -> None:
        """End the notes and clicks of the music, which stands still, and stop the clock."""
        self._delay_compensation.flush()
        self._timing.stop(tick, send)
        self._end_music(tick, send)
        self._sender.reach(tick)
        self._schedule.stop()
        self._sender.report(tick)

    def mute(self, tick: int, send: Send, part: str = "") -> None:
        """End the notes of the music, or of a part of it, which runs on."""
        self._delay_compensation.flush()
        self._schedule.forget_releases(part)
        self._end_music(tick, send, part)
        self._sender.report_if_sent()

    def cut(self, from_tick: int, tick: int, send: Send) -> None:
        """End the notes and the pedal of the music that began at `from_tick` or later."""
        begun = self._schedule.take_sounding(from_tick)
        if not begun:
            return
        self._delay_compensation.flush()
        self._leave_out_begun(tick)
        for item in begun:
            if isinstance(item, Note):
                self._voices.of(item.part).release(None, item.pitch, tick, send)
            else:
                self._voices.lift_pedal(tick, send)
        self._sender.report_if_sent()

    def all(self, tick: int, send: Send) -> None:
        """End all notes of the music, which runs on, and what else holds on its channels."""
        self._delay_compensation.flush()
        self._schedule.forget_releases()
        self._voices.release_all(tick, send)
        self._sender.report_if_sent()

    def panic(self, tick: int, send: Send) -> None:
        """End all notes, also those that nobody knows of: silence every channel of every output."""
        self.mute(tick, send)
        self._voices.release_all(tick, send)
        for message in silence(range(16)):
            self._delay_compensation.send_at_once(-1, message)
        self._sender.report_if_sent()

    def end(self, tick: int, send: Send) -> None:
        """End exactly the notes that sound, then send All Notes Off on each channel."""
        self._voices.release_all(tick, send)
        self._sender.report_if_sent()

    def _end_music(self, tick: int, send: Send, part: str = "") -> None:
        """End the notes of the music, or of a part; those that have hardly begun are left out of the take."""
        self._leave_out_begun(tick, part)
        for voices in self._voices.some(part):
            voices.release_owner(None, tick, send)

    def _leave_out_begun(self, tick: int, part: str = "") -> None:
        for voices in self._voices.some(part):
            for note_on in voices.take_back_since(tick - CUT_OFF_TICKS):
                self._sender.leave_out(note_on)
