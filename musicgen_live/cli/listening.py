"""Turns the flags of `play` on a musician into the options of listening."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from musicgen_live.errors import SettingsError

if TYPE_CHECKING:
    from musicgen_live.session.listening.decisions import EnterOn, ListenMode, ListenOptions


def listen_options_of(
    input_: str | None,
    respond: str | None,
    enter: str | None,
    answer_bars: int | None,
    *,
    freedom: float | None,
    thru: bool,
    finds_tempo: bool,
) -> ListenOptions | None:
    """Return the options of listening from flags, None without an input; SettingsError on wrong flags.

    `finds_tempo` says that the first phrase may say the tempo.
    """
    given = {"--respond": respond, "--enter": enter, "--answer-bars": answer_bars, "--freedom": freedom}
    given |= {"--thru": thru or None}
    if input_ is None:
        for flag, value in given.items():
            if value is not None:
                raise SettingsError(f"{flag} is of no use without a keyboard to listen to; say --input NAME too")
        return None
    from musicgen_live.session.listening.decisions import EnterOn, ListenMode, ListenOptions

    if respond not in (None, *get_args(ListenMode)):
        raise SettingsError(f"--respond is {respond!r}; it can be {', '.join(get_args(ListenMode))}")
    if enter not in (None, *get_args(EnterOn)):
        raise SettingsError(f"--enter is {enter!r}; it can be {' or '.join(get_args(EnterOn))}")
    if enter is not None and respond == "follow":
        raise SettingsError(f"--enter is {enter}, which is of no use with --respond follow; leave it out")
    if answer_bars is not None and respond != "answer":
        raise SettingsError(f"--answer-bars is {answer_bars}, which is for --respond answer; say that too")
    if answer_bars is not None:
        from musicgen_live.config.parameters import PARAMETERS

        fewest, most = PARAMETERS["answer-bars"].minimum, PARAMETERS["answer-bars"].maximum
        if not fewest <= answer_bars <= most:
            raise SettingsError(f"--answer-bars is {answer_bars}; it can be from {fewest:g} to {most:g}")
    from musicgen_live.config.parameters import DEFAULT_FREEDOM

    freedom = DEFAULT_FREEDOM if freedom is None else freedom
    if not 0 <= freedom <= 1:
        raise SettingsError(f"--freedom is {freedom:g}; it can be from 0 to 1")
    mode, enter_on = cast("ListenMode", respond or "continue"), cast("EnterOn", enter or "bar")
    return ListenOptions(mode, enter_on, answer_bars, freedom, finds_tempo)
