"""Shared by all tests: the list of those that may be skipped, and a JACK server for those marked `midi`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings as hypothesis_settings

from musicgen_live.model.blas import use_one_blas_thread
from tests.support import jack as jack_bed
from tests.support.browser import chromium
from tests.support.disks import can_mount
from tests.support.skips import CORPORA, SkipsAreErrors, everything_must_run, excused

# As in the live process, and before anything imports NumPy: beside other work a second BLAS thread made a test of two
# seconds take five minutes.
use_one_blas_thread()


# Nobody's own presets, controls and takes: tests of all presets are of those that ship, and nothing is overwritten.
_home = tempfile.TemporaryDirectory(prefix="musicgen-live-home-")
os.environ["MUSICGEN_LIVE_HOME"] = _home.name

# Machines here are shared: no example may fail for being slow.
hypothesis_settings.register_profile("shared", deadline=None)
hypothesis_settings.load_profile("shared")


def pytest_configure(config: pytest.Config) -> None:
    if everything_must_run():
        config.pluginmanager.register(SkipsAreErrors(excused()))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("midi") and not jack_bed.is_installed():
        pytest.skip("no jackd on this machine (Debian, Ubuntu: sudo apt install jackd2)")
    if item.get_closest_marker("browser") and chromium() is None:
        pytest.skip("no Chromium on this machine (Debian: sudo apt install chromium)")
    if item.get_closest_marker("disks") and not can_mount():
        pytest.skip("the system lets nobody mount a disk here")
    if item.get_closest_marker("corpora") and not CORPORA.is_dir():
        pytest.skip(f"the corpora are not beside the repository ({CORPORA})")


@pytest.fixture(scope="session")
def jack_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[jack_bed.JackServer]:
    """One server for the whole run; a test that ends a server makes one of its own (`JackServer`)."""
    with jack_bed.JackServer(tmp_path_factory.mktemp("jack") / "jackd.log") as server:
        yield server


@pytest.fixture
def jack(jack_server: jack_bed.JackServer, monkeypatch: pytest.MonkeyPatch) -> jack_bed.JackServer:
    """The server, as the one that this process and its children find."""
    for name, value in jack_server.environment.items():
        monkeypatch.setenv(name, value)
    return jack_server


@pytest.fixture
def no_jack(monkeypatch: pytest.MonkeyPatch) -> None:
    """No JACK server can be found, whatever runs on this machine."""
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "musicgen-test-absent")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
