"""Any packet is parsed into messages, or into none."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage

from musicgen_live.interfaces.osc_messages import messages_of


@given(
    st.binary(max_size=80)
    | st.builds(lambda tags, rest: b"/tempo\0\0," + tags + rest, st.binary(max_size=6), st.binary(max_size=40))
    | st.builds(lambda rest: b"#bundle\0" + bytes(8) + rest, st.binary(max_size=60))
)
@example(b"#bundle\0" + bytes(8) + (-4 % 2**32).to_bytes(4, "big") + b"/a\0\0")
@example((b"#bundle\0" + bytes(8) + b"\0\0\xff\0") * 3000)
@example(b"/tempo\0\0,I\0\0")
def test_any_packet_is_parsed(data: bytes) -> None:
    assert all(isinstance(message, OscMessage) for message in messages_of(data))


def test_an_unknown_type_prints_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert list(messages_of(b"/tempo\0\0,I\0\0")) == []
    assert list(messages_of(b"/key\0\0\0\0,I\0\0")) == []
    assert caplog.records == []
