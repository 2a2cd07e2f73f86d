"""A board without an application, or at its REPL, comes back by itself."""

import sys

from boot_bench import Recovery, boot_py, forget, hand_over, hand_over_to, rig_with
from ends_bench import Ends, at_rest, ends, start
from qsota import log
from qsota.boot import ending
from qsota.boot.record_data import GOOD
from qsota.resident import handover
from rig import Module, Reset, Rig
from util import raises, with_modules

# Without an application


def test_without_a_slot_the_updater_runs_alone_without_an_end():
    rig, recovery = Rig(), Recovery()
    boot_py(rig)
    raises(Reset, hand_over_to, rig, recovery)
    assert recovery.runs == [None]


def test_a_watchdog_ends_an_updater_alone_that_hangs_where_a_host_can_stop_it_again():
    for port, count in (("rp2", 1), ("stm32", 0)):
        rig = Rig(port)
        boot_py(rig)
        raises(Reset, hand_over_to, rig, Recovery())
        assert len(rig.watchdogs) == count
        assert (handover.state.wdt is not None) == bool(count)


def test_a_recovery_that_fails_is_started_again_by_a_reset():
    rig, recovery = Rig(), Recovery(ValueError("no module"))
    boot_py(rig)
    raises(Reset, hand_over_to, rig, recovery)
    assert "no module" in log.lines()[-1]


def test_ctrl_c_in_recovery_leads_to_the_repl():
    rig, recovery = Rig(), Recovery(KeyboardInterrupt())
    boot_py(rig)
    raises(KeyboardInterrupt, hand_over_to, rig, recovery)


# At the REPL


def test_a_board_at_its_repl_without_a_host_restarts_after_five_minutes():
    for rig in (rig_with(GOOD), rig_with(GOOD, port="stm32")):
        raises(KeyboardInterrupt, start, rig, Ends(KeyboardInterrupt()))
        at_rest(rig, 4)
        raises(Reset, at_rest, rig, 1)


def test_a_board_at_its_repl_with_a_host_on_usb_stays_there():
    for rig in (rig_with(GOOD), rig_with(GOOD, port="stm32")):
        raises(KeyboardInterrupt, start, rig, Ends(KeyboardInterrupt()))
        rig.host = True
        at_rest(rig, 100)
        rig.host = False
        at_rest(rig, 4)
        rig.host = True
        at_rest(rig, 1)
        rig.host = False
        at_rest(rig, 4)
        raises(Reset, at_rest, rig, 1)


def test_a_host_that_leaves_after_a_soft_reset_does_not_leave_the_board_at_rest():
    rig = rig_with(GOOD)
    boot_py(rig)
    raises(Reset, at_rest, rig, 5)


def test_a_host_at_a_uart_may_ask_for_an_hour():
    rig = rig_with(GOOD)
    boot_py(rig)
    handover.state.rest = 60
    at_rest(rig, 59)
    raises(Reset, at_rest, rig, 1)


def test_while_the_application_runs_no_host_is_needed():
    rig = rig_with(GOOD)

    class Lives(Ends):
        def run(self):
            at_rest(rig, 60)
            raise KeyError("alive")

    ends(rig, Lives())
    assert "alive" in log.lines()[-1]


def test_while_the_updater_runs_alone_no_host_is_needed():
    rig = Rig()

    class Lives(Recovery):
        def main(self, ms):
            at_rest(rig, 60)
            raise KeyError("alive")

    boot_py(rig)
    raises(Reset, hand_over_to, rig, Lives())
    assert "alive" in log.lines()[-1]


def test_with_the_maintenance_pin_at_ground_the_board_stays_at_the_repl():
    rig = rig_with(GOOD)
    rig.config["maintenance_pin"] = 22
    rig.pins.levels[22] = 0
    boot_py(rig)
    assert hand_over(rig) == []
    at_rest(rig, 60)


def test_a_board_file_that_is_of_no_use_is_looked_at_again_after_a_while():
    rig = rig_with(GOOD, areas={"state": "here"})
    boot_py(rig)
    assert hand_over(rig) == []
    raises(Reset, at_rest, rig, 5)


def test_ctrl_c_while_the_board_starts_leads_to_the_repl():
    rig = rig_with(GOOD)

    def maintenance():
        raise KeyboardInterrupt

    board = rig.board()
    board.maintenance = maintenance
    rig.board = lambda: board
    boot_py(rig)
    raises(KeyboardInterrupt, hand_over, rig)
    raises(Reset, at_rest, rig, 5)


def test_without_timers_the_board_stays_at_the_repl():
    rig = rig_with(GOOD)
    edges = rig.edges
    forget()

    def edges_without_timers():
        found = edges()
        del found["machine"].Timer
        return found

    rig.edges = edges_without_timers
    ends(rig, Ends())
    assert rig.timers.running == []


# boot.py and main.py themselves, where not even the loader can be loaded


def script(name, module_name, module):
    """Run boot.py or main.py with this in the place of a module; the pauses before a reset."""
    with open(ending.__file__.rsplit("/", 3)[0] + "/" + name) as file:
        code = compile(file.read(), name, "exec")
    pauses = []

    def reset():
        raise Reset

    modules = {
        module_name: module,
        "machine": Module(reset=reset),
        "time": Module(sleep=pauses.append),
    }
    parent, _, last = module_name.rpartition(".")
    __import__(parent)  # maybe anew: the library unloads what is not resident
    parent = sys.modules[parent]
    before = getattr(parent, last, None)
    setattr(parent, last, module)
    try:
        with_modules(modules, exec, code, {"__name__": "__main__"})
    finally:
        setattr(parent, last, before)
    return pauses


LOADER, PROGRAM = "qsota.boot.loader", "qsota.resident.program"


def broken(*args):
    raise MemoryError


def test_a_loader_that_cannot_be_loaded_is_tried_again_after_a_reset():
    raises(Reset, script, "main.py", PROGRAM, Module(main=broken))


def test_an_exception_in_boot_py_does_not_keep_main_py_from_running():
    assert script("boot.py", LOADER, Module(boot=broken)) == []


def test_the_scripts_do_what_the_loader_does():
    assert script("boot.py", LOADER, Module(boot=lambda: None)) == []
    assert script("main.py", PROGRAM, Module(main=lambda: None)) == []
    raises(KeyboardInterrupt, script, "main.py", PROGRAM, Module(main=interrupt))


def interrupt():
    raise KeyboardInterrupt
