# The loader with a host at work.

import io
import json

import qsota
from boot_bench import (
    Recovery,
    boot_py,
    hand_over,
    hand_over_to,
    mounted_main,
    on_record,
    operations,
    power_up,
    rig_with,
    upgraded,
)
from qsota import log
from qsota.boot import chip, hardware, loader, ready
from qsota.boot.guard import Guard
from qsota.boot.record_data import GOOD, NOTHING, TRIAL
from qsota.errors import QsotaError
from qsota.resident import handover, program
from rig import Module, Reset, Rig
from util import raises


def test_boot_py_alone_starts_nothing():
    rig = upgraded()
    ops = operations(rig)
    for _ in range(5):
        state = boot_py(rig)
        assert state.board and state.record is None and state.wdt is None
        assert "/app" not in rig.vfs.mounts and isinstance(rig.vfs.mounts["/"][0][1], Guard)
    assert ops == [] and on_record(rig) == (1, [GOOD, TRIAL], 3, NOTHING, "")


def test_boot_py_stops_the_watchdog_of_an_interrupted_trial():
    rig = upgraded()
    boot_py(rig)
    assert rig.registers == {0x4005B000: 1 << 30}


def test_no_code_runs_in_place_before_a_program_starts():
    """A host writes the root after a soft reset, in which boot.py has run again."""
    for rig, start in (
        (rig_with(GOOD), lambda rig: hand_over(rig, "main", Module())),
        (rig_with(), lambda rig: hand_over_to(rig, Recovery())),
    ):
        qsota.pack = pack = Module(flash=None, load=__import__, rest=lambda: None)
        try:
            boot_py(rig)
            handover.state.board.mapped = lambda: (0x10000000, 65536, 4096)
            assert pack.flash is None
            raises(Reset, start, rig)
            assert pack.flash == (0x10000000, 65536, 4096)
        finally:
            del qsota.pack


def test_the_watchdog_of_the_rp2350_is_elsewhere():
    rig, before = upgraded(), chip.sys
    chip.sys = Module(implementation=Module(_machine="Raspberry Pi Pico2 with RP2350"))
    try:
        boot_py(rig)
    finally:
        chip.sys = before
    assert rig.registers == {0x400DB000: 1 << 30}


def test_on_stm32_no_register_is_touched():
    rig = rig_with(GOOD, port="stm32")
    rig.run(rig.board().stop_watchdog)
    assert rig.registers == {}


def test_a_maintenance_pin_at_ground_leaves_the_repl():
    rig = upgraded()
    rig.config["maintenance_pin"] = 22
    rig.pins.levels[22] = 0
    boot_py(rig)
    assert hand_over(rig, "main", Module()) == []
    assert log.lines() == ["boot: maintenance"] and "/app" not in rig.vfs.mounts
    assert on_record(rig) == (1, [GOOD, TRIAL], 3, NOTHING, "")


def test_a_maintenance_pin_that_is_open_changes_nothing():
    rig = rig_with(GOOD)
    rig.config["maintenance_pin"] = "X1"
    boot_py(rig)
    raises(Reset, hand_over, rig, "main", Module())
    assert handover.state.slot == 0 and mounted_main(rig) == "version = 'old'\n"


def test_a_program_that_a_host_runs_finds_the_confirmed_image_mounted():
    rig = rig_with(GOOD)
    ops = operations(rig)
    boot_py(rig)
    state = rig.run(ready.ready)
    assert state is handover.state and (state.slot, state.trial) == (0, False)
    assert mounted_main(rig) == "version = 'old'\n"
    assert rig.run(ready.ready) is state and ops == [] and rig.watchdogs == []
    assert rig.timers.running == []  # its program may take as long as it likes
    assert rig.kept == {0x4005800C: 0x2D515300}  # nothing is counted


def test_a_program_that_a_host_runs_has_all_of_the_board_of_which_a_start_needs_less():
    rig = rig_with(GOOD)
    power_up(rig)
    hardware.open = lambda path: io.StringIO(json.dumps(rig.config))
    try:
        rig.run(loader.boot)
        assert not hasattr(handover.state.board, "component")
        assert rig.run(ready.ready).board.component == "MCU"
    finally:
        del hardware.open


def test_a_program_that_a_host_runs_does_not_take_the_place_of_a_trial():
    rig = upgraded()
    ops = operations(rig)
    boot_py(rig)
    error = raises(QsotaError, rig.run, ready.ready)
    assert error.reason == "not-started" and "on trial" in error.args[1] and ops == []


def test_a_program_that_a_host_runs_on_a_board_without_a_board_file_is_told_so():
    power_up(Rig())
    error = raises(QsotaError, ready.ready)
    assert error.reason == "not-started" and "boot.py" in error.args[1]


def test_a_deliberate_restart_may_be_announced_at_any_time():
    power_up(Rig())
    program.lasted()
    assert handover.state.tally is None
