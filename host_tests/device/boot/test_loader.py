import io
import json
import sys

from boot_bench import (
    OLD,
    boot,
    boot_over_resets,
    boot_py,
    forget,
    hand_over,
    mounted_main,
    on_record,
    operations,
    power_up,
    rig_with,
    upgraded,
)
from qsota import log
from qsota.boot import application, chip, hardware, loader, ready, starting, system
from qsota.boot.guard import Guard
from qsota.boot.record_data import BAD, EMPTY, GOOD, NOTHING, REPORT_NEW, REPORT_OLD, TRIAL, Record
from qsota.boot.romfs import RomFs
from qsota.errors import QsotaError
from qsota.resident import handover, program
from qsota_tools.proof.lab.nor_flash import PowerCut, cut_at
from rig import BLOCKS, ERASE, ROOT, SLOTS, STATE, Module, Reset, Rig, Vfs
from romfs_image import file, folder, image
from util import raises

# The slot to run


def test_a_confirmed_slot_is_mounted_and_nothing_is_written():
    rig = rig_with(GOOD, GOOD, 1)
    ops = operations(rig)
    state = boot(rig)
    assert (state.slot, state.trial, state.wdt) == (1, False, None)
    assert state.record.slots[1].version == "v1" and state.board.name == "TINY"
    assert mounted_main(rig) == "version = 'new'\n"
    assert ops == [] and rig.watchdogs == []


def test_the_application_comes_first_on_the_path():
    rig, seen = rig_with(GOOD), []

    def start_and_look():
        loader.boot(rig.board())
        starting.start(handover.state.board, handover.state)
        seen.extend(sys.path)

    power_up(rig)
    rig.run(start_and_look)
    assert seen[0] == "/app" and len(seen) == len(sys.path) + 1


def test_the_root_is_sealed():
    rig = rig_with(GOOD)
    boot_py(rig)
    (kind, device, progsize), readonly = rig.vfs.mounts["/"]
    assert isinstance(device, Guard) and readonly


def test_a_root_that_cannot_be_sealed_does_not_stop_the_boot():
    rig = rig_with(GOOD)
    rig.vfs.broken = True
    forget()
    rig.run(loader.boot, rig.board())
    assert handover.state.board and rig.vfs.mounts["/"] == "stock"
    rig.run(starting.start, handover.state.board, handover.state)
    assert handover.state.slot == 0


def test_what_fails_once_at_boot_is_done_again():
    """No memory for a moment, say: without its board the device would end at a REPL."""
    rig = rig_with(GOOD)
    board, left = rig.board(), [1]
    stop = board.stop_watchdog

    def no_memory():
        if left:
            left.pop()
            raise MemoryError()
        stop()

    board.stop_watchdog = no_memory
    forget()
    rig.run(loader.boot, board)
    assert handover.state.board is board and rig.vfs.mounts["/"] != "stock"


def test_a_trial_burns_an_attempt_under_a_watchdog():
    rig = upgraded()
    state = boot(rig)
    assert (state.slot, state.trial) == (1, True)
    assert mounted_main(rig) == "version = 'new'\n"
    assert on_record(rig) == (1, [GOOD, TRIAL], 2, NOTHING, "")
    assert state.wdt is rig.watchdogs[0] and state.wdt.timeout == 8000 and state.wdt.fed > 0


def test_the_attempt_is_burned_before_the_new_image_is_read():
    rig, seen = upgraded(), []
    read = rig.flash.read
    start, size = SLOTS[1]

    def watched(at, buf):
        if start <= at < start + size:
            seen.append("read")
        read(at, buf)

    rig.flash.read = watched
    rig.flash.on_op = lambda kind, at, length: seen.append(kind)
    boot(rig)
    burned = seen.index("read")
    assert "program" in seen[:burned] and "program" not in seen[burned:]


def test_a_trial_without_attempts_is_reverted_and_says_why():
    rig = upgraded(attempts=0)
    state = boot(rig)
    assert (state.slot, state.trial, state.wdt) == (0, False, None)
    assert mounted_main(rig) == "version = 'old'\n"
    assert on_record(rig) == (0, [GOOD, BAD], 0, REPORT_OLD, "trial-failed")


def test_a_trial_runs_as_often_as_it_has_attempts():
    rig = upgraded(attempts=3)
    assert [boot(rig).slot for _ in range(5)] == [1, 1, 1, 0, 0]


def test_a_damaged_trial_never_runs():
    rig = upgraded()
    rig.damage(1)
    raises(Reset, boot, rig)  # the watchdog is armed, and the old application may not feed it
    assert on_record(rig) == (0, [GOOD, BAD], 2, REPORT_OLD, "image-damaged")
    state = boot(rig)
    assert (state.slot, state.trial, state.wdt) == (0, False, None)


def test_a_trial_that_is_no_file_system_never_runs():
    rig = upgraded()
    rec = rig.records().load()
    rec.slots[1] = rig.put(1, b"not a ROMFS image", TRIAL, "v1", 3)
    rig.records().store(rec)
    raises(Reset, boot, rig)
    assert on_record(rig) == (0, [GOOD, BAD], 2, REPORT_OLD, "image-damaged")


def test_a_trial_whose_attempt_cannot_be_burned_is_not_run():
    rig = upgraded()

    def fail(kind, at, length):
        raise OSError(5)

    rig.flash.on_op = fail
    for _ in range(5):
        state = boot(rig)
        assert (state.slot, state.trial, state.wdt) == (0, False, None)
    rig.flash.on_op = None
    assert on_record(rig) == (1, [GOOD, TRIAL], 3, NOTHING, "")


def test_a_trial_whose_burn_does_not_stick_is_given_up():
    rig = upgraded()

    def fail_once(kind, at, length):
        rig.flash.on_op = None
        raise OSError(5)

    rig.flash.on_op = fail_once
    assert boot(rig).slot == 0
    assert on_record(rig) == (0, [GOOD, BAD], 2, REPORT_OLD, "record-write")


def test_a_damaged_slot_gives_way_to_the_other_one():
    rig = rig_with(GOOD, GOOD, 1)
    rec = rig.records().load()
    rec.report = REPORT_NEW  # must not reach the cloud any more: the old version runs
    rig.records().store(rec)
    rig.damage(1)
    boot_over_resets(rig)
    assert handover.state.slot == 0
    assert on_record(rig) == (0, [GOOD, BAD], 0, REPORT_OLD, "image-damaged")


def test_an_unusable_active_slot_gives_way_to_a_good_one():
    for state in (BAD, EMPTY):
        rig = rig_with(GOOD, state, 1)
        assert boot(rig).slot == 0
        assert on_record(rig) == (0, [GOOD, state], 0, NOTHING, "")
        ops = operations(rig)
        assert boot(rig).slot == 0 and ops == []


def test_without_a_good_slot_nothing_is_mounted():
    for a, b in ((EMPTY, EMPTY), (BAD, BAD), (EMPTY, BAD)):
        rig = rig_with(a, b)
        ops = operations(rig)
        state = boot(rig)
        assert state.slot is None and state.board and "/app" not in rig.vfs.mounts
        assert ops == []


def test_two_damaged_slots_end_in_recovery():
    rig = rig_with(GOOD, GOOD)
    rig.damage(0)
    rig.damage(1)
    boot_over_resets(rig)
    assert handover.state.slot is None
    assert on_record(rig)[1] == [BAD, BAD]
    ops = operations(rig)
    assert boot(rig).slot is None and ops == []


def test_a_failed_trial_without_a_good_slot_ends_in_recovery():
    rig = rig_with(BAD, TRIAL, 1, attempts=0)
    assert boot(rig).slot is None
    assert on_record(rig) == (1, [BAD, BAD], 0, REPORT_OLD, "trial-failed")


def test_a_blank_chip_ends_in_recovery():
    state = boot(Rig())
    assert state.slot is None and state.record.seq == 0


# Faults of flash and configuration


def test_a_confirmed_slot_boots_even_if_records_cannot_be_written():
    rig = rig_with(GOOD, GOOD, 1)
    rig.damage(1)

    def fail(kind, at, length):
        raise OSError(5)

    rig.flash.on_op = fail
    boot_over_resets(rig)
    assert handover.state.slot == 0
    assert mounted_main(rig) == "version = 'old'\n"


def test_records_that_cannot_be_read_end_in_recovery():
    rig = rig_with(GOOD)
    read = rig.flash.read

    def failing(at, buf):
        if STATE[0] <= at < STATE[0] + STATE[1]:
            raise OSError(5)
        read(at, buf)

    rig.flash.read = failing
    assert boot_over_resets(rig) == 2
    assert handover.state.slot is None and handover.state.board


def test_a_slot_that_cannot_be_read_gives_way_to_the_other_one():
    rig = rig_with(GOOD, GOOD, 1)
    read = rig.flash.read

    def failing(at, buf):
        if at >= SLOTS[1][0]:
            raise OSError(5)
        read(at, buf)

    rig.flash.read = failing
    boot_over_resets(rig)
    assert handover.state.slot == 0
    assert "slot 1: FlashError" in log.lines()[0]


def test_an_unusable_board_file_leaves_the_repl():
    for areas in ({"state": "here"}, {"state": [STATE[0], 3 * ERASE]}):
        rig = rig_with(GOOD, areas=areas)
        boot_py(rig)
        assert hand_over(rig) == [] and "/app" not in rig.vfs.mounts
        assert "boot: " in log.lines()[-1] and "Error" in log.lines()[-1]


def test_without_a_board_file_there_is_no_board():
    rig = Rig()
    power_up(rig)
    rig.run(loader.boot)
    assert handover.state.board is None and "no-board-file" in log.lines()[-1]
    assert hand_over(rig) == []


# A host at work


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


# The file system


class Mapped(bytearray):
    """A part of a chip that can be addressed."""

    def ioctl(self, op, arg):
        return {1: 0, 4: len(self) // ERASE, 5: ERASE}[op]

    def readblocks(self, block, buf, offset):
        at = block * ERASE + offset
        buf[:] = self[at : at + len(buf)]


def mapped(rig):
    """The rig, with flash that can be addressed."""

    def open_flash(start=0, len=BLOCKS * ERASE):
        return Mapped(rig.flash.content[start : start + len])

    rig.open_flash = open_flash
    return rig


class VfsWithRom(Vfs):
    def VfsRom(self, source):
        return ("native", bytes(source))


def file_system(rig, vfs):
    rig.vfs = vfs
    forget()
    rig.run(starting.start, rig.board(), handover.state)
    fs, readonly = vfs.mounts["/app"]
    assert readonly
    return fs


def test_addressable_flash_is_read_in_place():
    rig = mapped(rig_with(GOOD))
    assert isinstance(file_system(rig, Vfs()), RomFs)
    assert mounted_main(rig) == "version = 'old'\n"


def test_the_native_file_system_is_used_on_addressable_flash_only():
    rig = rig_with(GOOD)
    assert isinstance(file_system(rig, VfsWithRom()), RomFs)
    assert file_system(mapped(rig), VfsWithRom()) == ("native", OLD)


# Power cuts


def test_a_cut_anywhere_in_a_boot_costs_at_most_an_attempt():
    for attempts in (0, 1, 3):
        for damaged in (False, True):
            for index in range(5):
                for effective in (0, 1, 256, 300, 511, 512):
                    rig = upgraded(attempts=attempts)
                    if damaged:
                        rig.damage(1)
                    rig.flash.on_op = cut_at(index, effective)
                    runs = runs_until_reverted(rig)
                    assert runs <= (0 if damaged else attempts)
                    assert runs >= (0 if damaged else attempts - 1)
                    assert mounted_main(rig) == "version = 'old'\n"


def runs_until_reverted(rig):
    runs = 0
    for _ in range(10):
        try:
            state = boot(rig)
        except (PowerCut, Reset):
            continue
        if state.slot == 0:
            _, states, _, report, _ = on_record(rig)
            assert states == [GOOD, BAD] and report == REPORT_OLD
            return runs
        assert state.trial
        runs += 1
    raise AssertionError("never reverted")


# boot.py and main.py themselves, on file systems in RAM

if sys.implementation.name == "micropython":
    import os

    import vfs

    import qsota

    FIRMWARE = loader.__file__.rsplit("/", 3)[0]
    # A program that is text, not .mpy, is read through the file system's own files: romfile.
    LOOK = b"import sys\nran.extend(n for n in sys.modules if n.startswith('qsota.boot.'))\n"
    APP = image(
        file(
            "main.py",
            b"from lib import ran\n" + LOOK + b"ran.append(open('/app/data.txt').read())\n",
        ),
        folder("lib", file("__init__.py", b"ran = []\n")),
        file("data.txt", b"from the slot"),
    )

    def script(name):
        with open(FIRMWARE + "/" + name) as source:
            return compile(source.read(), name, "exec")

    def stock_boot(rig):
        """What stm32 does before boot.py: mount the root and go there."""
        root = rig.flash.window(*ROOT)
        vfs.VfsLfs2.mkfs(root, progsize=256)
        vfs.mount(vfs.VfsLfs2(root, progsize=256), "/flash")
        with open("/flash/board.json", "w") as f:
            json.dump(rig.config, f)
        os.chdir("/flash")

    def run_scripts(rig, seen):
        boot_py, main_py = script("boot.py"), script("main.py")
        home, kept = os.getcwd(), dict(sys.modules)
        firmware = FIRMWARE if FIRMWARE[0] == "/" else home + "/" + FIRMWARE
        packages = {"": qsota, "/boot": qsota.boot}
        paths = [package.__path__ for package in packages.values()]
        for name, package in packages.items():
            package.__path__ = firmware + "/qsota" + name  # loaded again, or later, in /flash
        try:
            stock_boot(rig)
            exec(boot_py, {"__name__": "__main__"})
            seen["cwd"] = os.getcwd()
            seen["mkdir"] = raises(OSError, os.mkdir, "/flash/x").args[0]
            raises(Reset, exec, main_py, {"__name__": "__main__"})  # the application ends
            seen["ran"] = sys.modules["lib"].ran
        finally:
            os.chdir(home)
            for _, point in vfs.mount():
                if point != "/":
                    vfs.umount(point)
            sys.modules.clear()
            sys.modules.update(kept)
            for package, path in zip(packages.values(), paths):
                package.__path__ = path

    def test_boot_py_and_main_py_run_the_application_with_nothing_of_the_loader_but_its_mounts():
        log.sink = None
        rig, rec, seen = Rig("stm32"), Record(), {}
        rec.slots[0] = rig.put(0, APP, GOOD)
        rig.records().store(rec)
        rig.vfs = vfs
        forget()
        rig.run(run_scripts, rig, seen)
        assert seen == {
            "cwd": "/flash",
            "mkdir": 30,
            "ran": ["qsota.boot.romfile", "from the slot"],
        }  # no other module of qsota.boot

    def test_files_of_an_application_do_not_take_the_place_of_what_the_library_imports():
        names = system.SYSTEM
        lie = b"raise ValueError('the application's own')\n"
        source = memoryview(image(*[file(name + ".py", lie) for name in names]))
        kept, found = dict(sys.modules), []

        def mount_and_import():
            system.keep()
            application.mount(source)
            for name in names:
                try:
                    found.append(__import__(name))
                except ImportError:
                    raise AssertionError(name)

        rig = Rig("stm32")
        rig.edges = lambda: {name: Module() for name in ("machine", "pyb", "rp2", "stm")}
        forget()
        try:
            rig.run(mount_and_import)
        finally:
            vfs.umount("/app")
            sys.modules.clear()
            sys.modules.update(kept)
        assert len(found) == len(names)
