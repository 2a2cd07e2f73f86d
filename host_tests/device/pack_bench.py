# A pack as a file that is counted, and an importer that says what it was asked for.

import io
import struct
import sys

from qsota.boot import packed
from rig import Module

IN_PLACE = "qsota.boot.in_place"
CODE = {"/log.mpy": b"M\x06one", "/boot/record.mpy": bytes(range(256)), "/boot/empty.mpy": b""}
FOLDERS = ("/boot", "/update")
START = 17  # of the bytecode in each
NEEDS = {"/boot/record.mpy": b"qsota.boot.empty qsota.log"}


def pack(files, folders):
    count = len(files) + len(folders)
    index, content = struct.pack("<I", count), b""
    for name in folders:
        index += packed.key(name) + bytes(4)
    for name in files:
        place = 4 * (1 + 2 * count) + len(content)
        index += packed.key(name) + struct.pack("<I", START << 20 | place)
        for part in (files[name], NEEDS.get(name, b"")):
            content += struct.pack("<I", len(part)) + part
    return index + content


class Bench:
    """The pack as a file, which is counted."""

    def __init__(self, fs=None):
        self.opened, self.closed = [], 0
        self.system = fs or packed.Packed("/qsota.pack")
        packed.open = self._open
        self.imported = []  # names, and what was read for each
        self.within = self.fails = None
        packed.__import__ = self._import

    def _import(self, name):
        path = name[len("qsota") :].replace(".", "/") + ".mpy"
        self.system.stat(path)
        sys.modules[name] = Module(code=self.system.open(path, "rb").read())
        self.imported.append(name)
        if self.within:
            self.within, load = None, self.within
            load()
        if self.fails == len(self.imported):
            raise MemoryError()

    def _open(self, path, mode):
        self.opened.append((path, mode))
        stream = io.BytesIO(pack(CODE, FOLDERS))
        self.seek, self.read, self.readinto = stream.seek, stream.read, stream.readinto
        return self  # as the file

    def close(self):
        self.closed += 1


def with_library(fn, *args):
    """Run that without the modules that the bench loads; what is left of them in the end."""
    names = ["qsota.log", "qsota.boot.record", "qsota.boot.empty"]
    before = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    log = sys.modules["qsota"].log
    try:
        fn(*args)
        return [name for name in names if name in sys.modules]
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(before)
        sys.modules["qsota"].log = log
