"""The library as one file: what the importer asks of it, and what it leaves in memory."""

import io
import os
import struct

from qsota.boot import packed
from util import raises, with_modules

CODE = {"/log.mpy": b"M\x06one", "/boot/record.mpy": bytes(range(256)), "/boot/empty.mpy": b""}
FOLDERS = ("/boot", "/update")


def pack(files, folders):
    index, content = [len(files) + len(folders)], b""
    for name in folders:
        index += [packed.key(name), 0]
    for name in files:
        index += [packed.key(name), 4 * (1 + 2 * index[0]) + len(content)]
        content += struct.pack("<I", len(files[name])) + files[name]
    return struct.pack("<%dI" % len(index), *index) + content


class Bench:
    """The pack as a file, which is counted."""

    def __init__(self, fs=None):
        self.opened, self.closed = [], 0
        self.system = fs or packed.Packed("/qsota.pack")
        packed.open = self._open

    def _open(self, path, mode):
        self.opened.append((path, mode))
        stream = io.BytesIO(pack(CODE, FOLDERS))
        self.seek, self.read, self.readinto = stream.seek, stream.read, stream.readinto
        return self  # as the file

    def close(self):
        self.closed += 1


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


def test_what_lists_file_systems_passes_over_it():
    system = bench().system
    system.mount(True, False)
    assert list(system.ilistdir("/")) == []
    assert system.statvfs("/")[0] * system.statvfs("/")[2] == 0


class Vfs:
    def __init__(self):
        self.mounts = []

    def mount(self, system, point, readonly):
        if self.mounts:
            raise OSError(1)
        assert readonly
        self.mounts.append((system, point))


def serve(file):
    vfs, names = Vfs(), {"__name__": "qsota", "__file__": file}
    with open(packed.__file__) as source:
        code = compile(source.read(), packed.__file__, "exec")
    for _ in range(2):  # the second time as after sys.modules.clear()
        with_modules({"vfs": vfs}, exec, code, names)
        assert names["__path__"] == "/qsota"
        names["rest"]()
    ((system, point),) = vfs.mounts
    assert point == "/qsota"
    packed_bench = Bench(system)
    names["open"] = packed.open
    system.stat("/boot")
    return packed_bench.opened[0][0]


def test_as_the_module_qsota_it_serves_the_pack_beside_it():
    assert serve("/lib/qsota.mpy") == "/lib/qsota.pack"


def test_the_pack_is_found_from_anywhere_when_it_was_found_in_the_current_directory():
    assert serve("qsota.mpy") == os.getcwd().rstrip("/") + "/qsota.pack"
