# What an image is mounted as, a start whose power is cut, and boot.py and main.py themselves.


import json
import sys

import qsota
from boot_bench import OLD, boot, forget, mounted_main, on_record, rig_with, upgraded
from qsota import log
from qsota.boot import application, loader, ready, starting, system
from qsota.boot.record_data import BAD, GOOD, REPORT_OLD, Record
from qsota.boot.romfs import RomFs
from qsota.resident import handover, phases
from qsota_tools.proof.lab.nor_flash import PowerCut, cut_at
from rig import BLOCKS, ERASE, ROOT, Module, Reset, Rig, Vfs
from romfs_image import file, folder, image
from util import raises

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


def test_what_the_loader_has_left_runs_in_place_from_the_first_device_on():
    """The phases' code, and that of the image's file system, which goes on as the same object."""
    rig = mapped(rig_with(GOOD))
    fs, moved = file_system(rig, Vfs()), []
    before = RomFs.__dict__["stat"]
    qsota.pack = Module(flash=None, load=__import__, rest=lambda: None)
    qsota.pack.move = lambda *args: moved.append(args)
    try:
        ready.run_in_place()
        assert moved == [] and type(fs).__dict__["stat"] is before
        qsota.pack.flash = 0x10000000, 65536, 4096
        again = sys.modules.pop("qsota.boot.romfs")
        ready.run_in_place()
        fresh = sys.modules["qsota.boot.romfs"].RomFs
        assert fresh is not RomFs and type(fs).__dict__["stat"] is fresh.__dict__["stat"]
        assert mounted_main(rig) == "version = 'old'\n"
        handover.state.files = None  # where the file system is MicroPython's
        ready.run_in_place()
        assert moved == [("qsota.resident.phases", phases.call)] * 2

        def no_memory(*args):
            raise MemoryError()

        qsota.pack.move = no_memory
        ready.run_in_place()  # all stays as it is
    finally:
        sys.modules["qsota.boot.romfs"] = again
        again.adopt(fs)
        del qsota.pack


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
