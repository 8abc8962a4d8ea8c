"""The options of a port in a flag."""

import pytest

from musicgen_live.config.port_options import PortOptions, parse_port
from musicgen_live.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("IAC", PortOptions("IAC")),
        ("", PortOptions("")),
        ("IAC Bus 1:channel=2", PortOptions("IAC Bus 1", channel=1)),
        ("IAC:channel=16,transpose=-12,latency-ms=20.5", PortOptions("IAC", False, 15, -12, 20.5)),
        ("synth:latency-ms=-10", PortOptions("synth", latency_ms=-10.0)),
        ("Fluid Synth:in", PortOptions("Fluid Synth:in")),
        ("Fluid Synth:in:transpose=+7", PortOptions("Fluid Synth:in", transpose=7)),
        ("Midi Through:Midi Through Port-0 14:0", PortOptions("Midi Through:Midi Through Port-0 14:0")),
        ("odd:a=b:", PortOptions("odd:a=b")),
    ],
)
def test_a_name_with_or_without_options(text: str, plan: PortOptions) -> None:
    assert parse_port(text) == plan


def test_a_port_without_latency_gets_the_common_one() -> None:
    assert parse_port("a", latency_ms=5).latency_ms == 5
    assert parse_port("a:channel=2", latency_ms=5).latency_ms == 5
    assert parse_port("a:latency-ms=1", latency_ms=5).latency_ms == 1
    assert parse_port("a", is_virtual=True) == PortOptions("a", is_virtual=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a:chanel=2", "the option 'chanel', which is none; write --port NAME:channel=2"),
        ("a:channel=0", "'0' where a whole number from 1 to 16 belongs"),
        ("a:channel=two", "'two' where a whole number"),
        ("a:transpose=128", "from -127 to 127"),
        ("a:latency-ms=soon", "the latency soon; it can be from -1000 to 1000 milliseconds"),
        ("a:latency-ms=nan", "the latency nan"),
        ("a:latency-ms=1001", "the latency 1001"),
    ],
)
def test_wrong_options_are_refused_with_a_reason(text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        parse_port(text)
    assert sentence in str(refusal.value)
