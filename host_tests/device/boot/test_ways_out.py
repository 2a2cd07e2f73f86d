"""However the program ends, the board does not stay without an updater."""

import asyncio
import sys

from boot_bench import Recovery, boot_py, forget, hand_over, hand_over_to, rig_with, upgraded
from qsota import log
from qsota.boot import ending, ready, tally
from qsota.boot.record_data import GOOD, TRIAL
from qsota.resident import handover, phases, program
from rig import STATE, Module, Reset, Rig
from util import raises, with_modules

MINUTE = 60000


class Ends:
    """An application: the module main, whose import ends like this."""

    def __init__(self, error=None):
        self.error = error

    def run(self):
        if self.error:
            raise self.error


def start(rig, app):
    """Boot, and let the application run to its end; the pauses that were made."""
    ran = []

    def run():
        ran.append(app)
        app.run()

    boot_py(rig)
    before, program._application = program._application, run
    try:
        return hand_over_to(rig, Recovery())
    finally:
        program._application = before
        assert ran, "the application did not run"


def ends(rig, app):
    """The application starts, and its end ends in a reset."""
    raises(Reset, start, rig, app)


def runs_alone(rig):
    """Boot a board whose application is not to run; how long the updater is given."""
    recovery = Recovery()
    boot_py(rig)
    raises(Reset, hand_over_to, rig, recovery)
    assert handover.state.slot == 0 and handover.state.alone
    return recovery.runs


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


# Many ends in a row


def test_after_five_starts_that_did_not_last_the_updater_runs_alone_once():
    for rig in (rig_with(GOOD), rig_with(GOOD, port="stm32")):
        for _ in range(2):
            ends(rig, Ends(ValueError()))
        for _ in range(3):
            ends(rig, Ends())
        assert runs_alone(rig) == [15 * MINUTE]
        ends(rig, Ends())
        assert runs_alone(rig) == [15 * MINUTE]


def test_counting_costs_no_write_of_flash():
    rig, ops = rig_with(GOOD), []
    rig.flash.on_op = lambda *op: ops.append(op)
    for _ in range(5):
        ends(rig, Ends(ValueError()))
    runs_alone(rig)
    assert ops == []


def test_resets_that_nobody_saw_coming_count_as_well():
    rig = rig_with(GOOD)
    for _ in range(5):
        raises(Reset, start, rig, Ends(Reset()))  # by a watchdog, or by the application itself
    assert runs_alone(rig)


def test_without_such_a_register_the_record_counts_the_ends_that_are_seen():
    rig, ops = rig_with(GOOD), []
    rig.keeps = False
    for count in range(1, 6):
        ends(rig, Ends(ValueError()))
        assert rig.records().load().tally == count
    assert runs_alone(rig) == [15 * MINUTE]
    assert rig.records().load().tally == 4
    ends(rig, Ends())
    rig.flash.on_op = lambda *op: ops.append(op)
    assert runs_alone(rig)
    assert len([op for op in ops if op[0] == "erase"]) == 1


class MakesWay:
    """An application that restarts into the updater alone, for an update."""

    def run(self):
        assert tally.aside()
        raise Reset()


def test_an_application_that_makes_way_for_an_update_comes_back_after_it():
    for keeps in (True, False):
        rig = rig_with(GOOD)
        rig.keeps = keeps
        ends(rig, Ends(ValueError()))
        ends(rig, MakesWay())
        assert runs_alone(rig) == [15 * MINUTE] and handover.state.aside
        ends(rig, Ends())  # the application runs, and ends once more
        assert not handover.state.aside
        for _ in range(3):
            ends(rig, Ends())
        assert (
            runs_alone(rig) and not handover.state.aside
        )  # that made five, as without the update


def test_an_updater_alone_has_no_file_system_of_the_image_in_its_heap():
    rig = rig_with(GOOD)
    path = sys.path[:]
    ends(rig, MakesWay())
    assert runs_alone(rig)
    assert "/app" not in rig.vfs.mounts and "/app" not in sys.path[: -len(path)]
    assert handover.state.keys is None  # those of the image, of which this one brought none


def test_a_place_that_cannot_be_kept_is_not_given_up():
    rig = rig_with(GOOD)
    rig.keeps = False
    answers = []

    class Tries:
        def run(self):
            rig.flash.on_op = lambda *op: fail()
            answers.append(tally.aside())
            rig.flash.on_op = None
            raise Reset()

    def fail():
        raise OSError(5)

    ends(rig, Tries())
    assert answers == [False]


def test_a_start_that_lasted_five_minutes_was_a_good_one():
    rig = rig_with(GOOD)

    class Lasts(Ends):
        def run(self):
            rig.timers.pass_ms(5 * MINUTE)
            raise ValueError

    for _ in range(3):
        for _ in range(4):
            ends(rig, Ends())
        ends(rig, Lasts())
    for _ in range(5):
        ends(rig, Ends())
    assert runs_alone(rig)


def test_a_healthy_application_writes_nothing_to_flash():
    for keeps in (True, False):
        rig, ops = rig_with(GOOD), []
        rig.keeps = keeps
        rig.flash.on_op = lambda *op: ops.append(op)  # noqa: B023

        class Lasts(Ends):
            def run(self):
                rig.timers.pass_ms(5 * MINUTE)  # noqa: B023

        for _ in range(3):
            ends(rig, Lasts())
        assert ops == []


def test_without_a_register_a_start_that_lasted_clears_the_record_when_it_ends():
    rig = rig_with(GOOD)
    rig.keeps = False

    class Lasts(Ends):
        def run(self):
            rig.timers.pass_ms(5 * MINUTE)
            assert ready.ready().record.tally == 0  # so whoever stores it clears it, too

    for _ in range(3):
        ends(rig, Ends())
    ends(rig, Lasts())
    assert rig.records().load().tally == 0


def test_a_program_finds_the_record_that_the_loader_went_by_whatever_flash_reads_meanwhile():
    rig = rig_with(GOOD)
    rig.keeps = False
    ends(rig, Ends())

    class Looks(Ends):
        def run(self):
            start, size = STATE
            rig.flash.content[start : start + size] = bytes(size)
            assert handover.state.record is None and handover.state.board is None
            record = ready.ready().record
            found.append((record.tally, record.slots[0].version, handover.state.board.name))

    found = []
    raises(Reset, start, rig, Looks())
    assert found == [(1, "v0", "TINY")]


def test_an_application_that_says_so_may_restart_as_often_as_it_likes():
    rig = rig_with(GOOD)

    class Sleeps(Ends):
        def run(self):
            program.lasted()  # then it sleeps, and wakes with a reset
            raise Reset

    for _ in range(12):
        ends(rig, Sleeps())
    ends(rig, Ends())


def test_a_start_that_a_host_interrupted_does_not_count():
    rig = rig_with(GOOD)
    for _ in range(12):
        raises(KeyboardInterrupt, start, rig, Ends(KeyboardInterrupt()))
    for _ in range(5):
        ends(rig, Ends())
    assert runs_alone(rig)


def test_a_power_cycle_begins_anew():
    rig = rig_with(GOOD)
    for _ in range(5):
        ends(rig, Ends())
    rig.power_cycle()
    ends(rig, Ends())


def test_a_trial_is_counted_by_its_attempts_alone_and_begins_anew():
    rig = rig_with(GOOD)
    for _ in range(4):
        ends(rig, Ends())
    rec = rig.records().load()
    rec.slots[1], rec.active = rig.put(1, rig.slot_image(0), TRIAL, "v1", 3), 1
    rig.records().store(rec)
    for _ in range(3):
        ends(rig, Ends())
    for _ in range(5):
        ends(rig, Ends())
        assert handover.state.slot == 0
    assert runs_alone(rig)


def test_the_updater_alone_that_fails_gives_the_application_its_turn():
    rig = rig_with(GOOD)
    for _ in range(5):
        ends(rig, Ends())
    for _ in range(3):
        boot_py(rig)
        raises(Reset, hand_over_to, rig, Recovery(ImportError("no updater")))
        assert handover.state.alone
        ends(rig, Ends())


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


def at_rest(rig, minutes):
    rig.run(rig.timers.pass_ms, minutes * MINUTE)


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
