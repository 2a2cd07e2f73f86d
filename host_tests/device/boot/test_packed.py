"""The library as one file: what the importer asks of it, and what it leaves in memory."""

import os
import sys

from pack_bench import CODE, Bench, with_library
from qsota.boot import packed
from util import ON_MICROPYTHON, live, raises, with_files, with_modules


def bench():
    return Bench()


def test_each_file_reads_as_it_was_packed():
    system = bench().system
    for name in CODE:
        assert system.open(name, "rb").read() == CODE[name]


def test_files_and_folders_are_told_apart():
    system = bench().system
    assert system.stat("/boot")[0] == system.stat("/update")[0] == 0x4000
    assert system.stat("/log.mpy")[0] == system.stat("/boot/record.mpy")[0] == 0x8000


def test_what_is_not_in_it_is_not_found():
    system = bench().system
    for name in ("/log", "/log.py", "/boot/record", "/boot/__init__.py", "/lib", ""):
        assert raises(OSError, system.stat, name).args[0] == 2


def test_the_file_is_opened_once_for_many_imports_and_closed_at_rest():
    bench = Bench()
    bench.system.rest()
    assert bench.opened == [] and bench.closed == 0
    for name in CODE:
        bench.system.stat(name)
        bench.system.open(name, "rb")
    assert bench.opened == [("/qsota.pack", "rb")] and bench.closed == 0
    bench.system.rest()
    assert bench.closed == 1
    assert bench.system.open("/log.mpy", "rb").read() == b"M\x06one"
    assert len(bench.opened) == 2
    bench.system.umount()
    assert bench.closed == 2


def starve(bench, lacking):
    """There is no room for so many bytes, until the pack is opened again."""
    bench.system.stat("/log.mpy")
    read = bench.read

    def no_room(size=-1):
        if size == lacking:
            raise MemoryError()
        return read(size)

    bench.read = no_room


def test_where_there_is_no_room_for_a_file_it_is_read_from_the_pack_itself():
    bench, code = Bench(), CODE["/log.mpy"]
    starve(bench, len(code))
    stream = bench.system.open("/log.mpy", "rb")
    assert stream is bench and stream.read(2) + stream.read(len(code) - 2) == code
    assert bench.system.open("/boot/record.mpy", "rb").read() == CODE["/boot/record.mpy"]
    assert len(bench.opened) == 2  # whoever imports has closed the first


def code_of(*names):
    return [sys.modules["qsota." + name].code for name in names]


def test_a_module_is_loaded_after_those_that_it_imports_and_all_by_one_path():
    bench = Bench()

    def load():
        bench.system.load("qsota.boot.record")
        assert code_of("log", "boot.empty", "boot.record") == list(
            map(CODE.get, ("/log.mpy", "/boot/empty.mpy", "/boot/record.mpy"))
        )

    assert len(with_library(load)) == 3
    assert bench.imported == ["qsota.boot._"] * 3 and "qsota.boot._" not in sys.modules


def test_no_room_for_what_a_module_imports_is_no_hindrance_for_the_module():
    bench = Bench()
    starve(bench, len(CODE["/log.mpy"]))

    def load():
        bench.system.load("qsota.boot.record")
        assert code_of("boot.empty", "boot.record") == [b"", CODE["/boot/record.mpy"]]

    with_library(load)
    assert len(bench.opened) == 2


def test_what_applications_import_is_an_attribute_of_the_package_as_well():
    bench = Bench()

    def load():
        bench.system.load("qsota.log")
        assert sys.modules["qsota"].log is sys.modules["qsota.log"]

    with_library(load)


def test_one_that_is_loaded_is_not_loaded_again():
    bench = Bench()

    def load():
        for _ in range(2):
            bench.system.load("qsota.log")

    with_library(load)
    assert len(bench.imported) == 1


def test_what_an_import_statement_finds_has_all_that_it_imports_loaded_before():
    bench = Bench()
    left = with_library(bench.system.open, "/boot/record.mpy", "rb")
    assert left == ["qsota.log", "qsota.boot.empty"]


def test_a_module_that_is_asked_for_within_an_import_is_imported_by_its_own_path():
    bench = Bench()
    bench.within = lambda: bench.system.load("qsota.boot.empty")
    with_library(bench.system.load, "qsota.log")
    assert bench.imported == ["qsota.boot._", "qsota.boot.empty"]


def test_an_import_that_fails_leaves_nothing_and_can_be_tried_again():
    bench = Bench()
    bench.fails = 3

    def load():
        raises(MemoryError, bench.system.load, "qsota.boot.record")
        assert "qsota.boot.record" not in sys.modules and "qsota.boot._" not in sys.modules
        bench.system.load("qsota.boot.record")
        assert code_of("boot.record") == [CODE["/boot/record.mpy"]]

    with_library(load)
    assert bench.imported == ["qsota.boot._"] * 4


def test_an_import_that_fails_leaves_nothing_in_memory():
    """MicroPython's table of modules refers to the one that it has taken out."""
    bench, package = Bench(), sys.modules["qsota.boot"]
    bench.fails = 1

    def load():
        begun = live()
        raises(MemoryError, bench.system.load, "qsota.log")
        assert live() - begun < 100000

    def by_its_own_importer(path):
        before, package.__path__ = package.__path__, path
        packed.__import__ = __import__
        try:
            with_library(load)
        finally:
            package.__path__ = before

    if ON_MICROPYTHON:
        failing = "held = bytearray(200000)\nraise MemoryError\n"
        with_files({"_.py": failing}, by_its_own_importer)
    else:
        with_library(load)


def test_what_lists_file_systems_passes_over_it():
    system = bench().system
    system.mount(True, False)
    assert list(system.ilistdir("/")) == []
    assert system.statvfs("/")[0] * system.statvfs("/")[2] == 0


class Vfs:
    def __init__(self):
        self.mounts = []

    def mount(self, system, point, readonly):
        assert readonly and not self.mounts
        self.mounts.append((system, point))

    def umount(self, point):
        if not self.mounts:
            raise OSError(22)
        self.mounts.pop()[0].umount()


def serve(file):
    vfs, names = Vfs(), {"__name__": "qsota", "__file__": file}
    with open(packed.__file__) as source:
        code = compile(source.read(), packed.__file__, "exec")
    for _ in range(2):  # the second time as after sys.modules.clear()
        with_modules({"vfs": vfs}, exec, code, names)
        assert names["__path__"] == "/qsota"
    ((system, point),) = vfs.mounts
    assert point == "/qsota" and names["pack"] is system
    packed_bench = Bench(system)
    names["open"] = packed.open
    system.stat("/boot")
    return packed_bench.opened[0][0]


def test_as_the_module_qsota_it_serves_the_pack_beside_it():
    assert serve("/lib/qsota.mpy") == "/lib/qsota.pack"


def test_the_pack_is_found_from_anywhere_when_it_was_found_in_the_current_directory():
    assert serve("qsota.mpy") == os.getcwd().rstrip("/") + "/qsota.pack"
