"""Puts the device code on the path, with the CPython shims, before any test is imported."""

import os
import signal
import sys
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import settings

from qsota_tools.common import shim

# The same examples in each run, so that a change is judged by itself; HYPOTHESIS_PROFILE=random
# looks for new ones. A busy machine is slow at times: that is no failure. A quick run has fewer.
EXAMPLES = 100 if os.environ.get("QSOTA_CASES") == "all" else 25
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=EXAMPLES)
settings.register_profile("random", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# Who runs the tests in the background has it ignored, and with that what the tests start as well.
signal.signal(signal.SIGINT, signal.default_int_handler)
# What the tests start has the buffers of a user's program.
os.environ.pop("PYTHONUNBUFFERED", None)
shim.install()
sys.path.insert(0, str(Path(__file__).parent / "device"))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session):
    """A worker measures once: pytest-cov 7 has begun as if it were a master, and is about to begin
    again, which would take 1.6 times as long, also in tests without coverage."""
    if hasattr(session.config, "workerinput") and (begun := Coverage.current()):
        begun.stop()


ALL = {}  # the library's modules as the files of tests have imported them


def pytest_collection_finish():
    ALL.update((name, it) for name, it in sys.modules.items() if name.split(".")[0] == "qsota")


def pytest_runtest_setup():
    """Each test finds the modules that its file has imported, whatever others unloaded."""
    for name in [name for name in sys.modules if name.split(".")[0] == "qsota"]:
        if name not in ALL:
            del sys.modules[name]
    for name, module in ALL.items():
        sys.modules[name] = module
        parent, _, last = name.rpartition(".")
        if parent in ALL:
            setattr(ALL[parent], last, module)


# The tests of the other side, of campaigns, and the longest ones: what they reach of the device
# code others reach, and with coverage they take three times as long.
_NOT_COVERED = (
    *("device/center/", "device/module/", "device/proof/"),
    "device/upgrade/test_bad_input.py",
    "device/upgrade/test_misunderstood.py::test_answers_that_nobody_can_understand",
    "device/upgrade/test_repeated_lines.py::test_a_line_that_is_said",
    "device/upgrade/test_repeated_lines.py::test_downloads_that_nobody_confirmed",
)
# Rooms whose tests wait for boards in real time, and what takes longest by far, two minutes with
# every case. First, so that the others fill the time.
_FIRST = (
    *("virtual/", "docs/", "provision/", "commands/", "console/", "center/", "prove/"),
    "device/upgrade/test_repeated_lines.py",
    "proof/test_campaign.py",
)


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    paths = {item: item.path.relative_to(here).as_posix() for item in items}
    for item, path in paths.items():
        if f"{path}::{item.name}".startswith(_NOT_COVERED):
            item.add_marker(pytest.mark.no_cover)
    items.sort(key=lambda item: not paths[item].startswith(_FIRST))


@pytest.fixture
def file(request, tmp_path):
    """A file that holds the PACKAGE of the test's module."""
    path = tmp_path / "MCU.bin"
    path.write_bytes(request.module.PACKAGE)
    return path


@pytest.fixture
def quick(monkeypatch):
    """Waits for virtual boards: they start sooner than real ones, or later on a busy machine."""
    monkeypatch.setattr("qsota_tools.provision.program._START_S", (0.8, 2))
    monkeypatch.setattr("qsota_tools.provision.repl_link._ABSENCE_S", 10)


@pytest.fixture
def loaded(monkeypatch):
    """The phases of the library stay loaded, as the test's file has imported them: what it puts in
    the place of something in them counts."""
    from qsota.resident import phases

    monkeypatch.setattr(phases, "drop", lambda kept=(): None)
    monkeypatch.setattr(phases, "forget", lambda *names: None)
