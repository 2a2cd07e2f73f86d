"""However the program ends, the board does not stay without an updater."""

import asyncio
import sys

from boot_bench import boot_py, hand_over, rig_with, upgraded
from ends_bench import Ends, at_rest, ends, start
from qsota import log
from qsota.boot.record_data import GOOD
from qsota.resident import phases, program
from rig import Module, Reset
from util import raises


def test_an_application_that_is_not_there_is_an_end_like_any_other():
    path = sys.path[:]
    sys.path[:] = ["nowhere"]
    try:
        raises(ImportError, program._application)
        assert sys.path == ["nowhere"]
    finally:
        sys.path[:] = path


# One end


def test_every_end_of_an_application_is_logged_and_ends_in_a_reset():
    for error, text in (
        (None, "the application has ended"),
        (ValueError("no sensor"), "no sensor"),
        (ImportError("main"), "main"),
        (MemoryError(), "MemoryError"),
        (SystemExit(), "SystemExit"),
        (asyncio.CancelledError(), "CancelledError"),
        (BaseException("of its own"), "of its own"),
    ):
        for rig in (rig_with(GOOD), upgraded()):
            ends(rig, Ends(error))
            assert log.lines()[-1].startswith("reset: ") and text in log.lines()[-1]


def test_there_is_a_pause_before_the_reset_for_whoever_has_a_cable():
    rig, seen = rig_with(GOOD), []
    boot_py(rig)
    before = rig.reset
    rig.reset = lambda: seen.append("reset")
    seen.append(hand_over(rig, "main", Module()))
    rig.reset = before
    assert seen == ["reset", [2]]


def test_an_end_that_cannot_be_reported_ends_in_a_reset_all_the_same():
    rig = rig_with(GOOD)

    class Unprintable(Exception):
        def __repr__(self):
            raise MemoryError

        __str__ = __repr__

    ends(rig, Ends(Unprintable()))


def test_ctrl_c_leads_to_the_repl():
    rig = rig_with(GOOD)
    raises(KeyboardInterrupt, start, rig, Ends(KeyboardInterrupt()))


def test_ctrl_c_in_the_pause_leads_to_the_repl():
    rig = rig_with(GOOD)

    def sleep(s):
        raise KeyboardInterrupt

    boot_py(rig)
    raises(KeyboardInterrupt, hand_over, rig, "main", Module(), sleep)
    at_rest(rig, 4)
    raises(Reset, at_rest, rig, 1)


def test_an_end_for_which_there_is_no_memory_is_met_with_the_applications_modules_gone():
    rig, calls = rig_with(GOOD), []
    real = phases.call

    def starved(name, function, *args):
        if name == "qsota.boot.ending":
            calls.append("app_part" in sys.modules)
            if "app_part" in sys.modules:
                raise MemoryError()
        return real(name, function, *args)

    phases.call = starved
    try:
        for error in (ValueError("no sensor"), KeyboardInterrupt()):
            sys.modules["app_part"] = Module(__file__="/app/app_part.py")
            raises((Reset, KeyboardInterrupt), start, rig, Ends(error))
    finally:
        phases.call = real
    assert calls == [True, False] * 2
    raises(Reset, at_rest, rig, 5)


def test_an_end_that_not_even_then_can_be_met_is_met_with_a_reset():
    rig = rig_with(GOOD)
    real = phases.call

    def starved(name, function, *args):
        if name == "qsota.boot.ending":
            raise MemoryError()
        return real(name, function, *args)

    phases.call = starved
    try:
        ends(rig, Ends(ValueError("no sensor")))
        # main.py resets the board then: at the REPL nothing would watch it.
        raises(MemoryError, start, rig, Ends(KeyboardInterrupt()))
    finally:
        phases.call = real
