# What the file system costs to look into; and mounted, on MicroPython.

import errno
import sys

from qsota.boot.romfs import RomFs
from qsota.errors import FlashError
from romfs_image import file, folder, image
from romfs_mount import APP, TEXT, code, file_systems, in_flash
from util import ON_MICROPYTHON


class Counted:
    """A source that counts its reads; `broken` of them are yet to fail."""

    def __init__(self, data):
        self._source = in_flash(data)
        self.size = self._source.size
        self.reads = 0
        self.broken = 0

    def read(self, offset, buf):
        self.reads += 1
        if self.broken:
            self.broken -= 1
            raise FlashError("io")
        self._source.read(offset, buf)


def import_reads(fs, source, name):
    """The reads of the importer for a compiled module, without those of its content."""
    before = source.reads
    assert code(fs.stat, "/" + name) == code(fs.stat, "/" + name + ".py") == errno.ENOENT
    fs.stat("/" + name + ".mpy")
    fs.open("/" + name + ".mpy", "rb")
    return source.reads - before


def modules(count):
    return ["module%03d" % i for i in range(count)]


def test_the_first_look_into_a_directory_reads_each_entry_once_and_later_ones_a_few():
    files = [file(name + ".mpy", b"M" * 30) for name in modules(300)]
    source = Counted(image(*files))
    fs = RomFs(source)
    assert import_reads(fs, source, "module299") <= 300 + 50
    assert import_reads(fs, source, "module150") <= 50
    assert import_reads(fs, source, "module000") <= 50


def test_80_modules_are_found_with_a_few_reads_each():
    files = [file(name + ".mpy", b"M" * 30) for name in modules(80)]
    source = Counted(image(*files))
    fs = RomFs(source)
    for name in modules(80):
        import_reads(fs, source, name)
    assert source.reads <= 80 + 80 * 40


def test_entries_in_any_order_are_found():
    names = modules(50)
    for step in (7, 49):
        mixed = [names[i * step % 50] for i in range(50)]
        fs = RomFs(memoryview(image(*[file(name, name.encode()) for name in mixed])))
        assert [entry[0] for entry in fs.ilistdir("/")] == mixed
        for name in names:
            assert fs.open("/" + name, "r").read() == name


def test_of_two_entries_with_one_name_the_first_counts():
    entries = [file("b", b"1"), file("a", b"2"), file("b", b"3"), file("a", b"4")]
    for fs in file_systems(image(*entries)):
        assert fs.open("/a", "r").read() == "2" and fs.open("/b", "r").read() == "1"


def test_a_read_that_fails_is_tried_again():
    source = Counted(APP)
    fs = RomFs(source)
    for broken in (1, 2):
        source.broken = broken
        assert fs.stat("/main.py")[6] == 70
        source.broken = broken
        assert fs.open("/text.txt", "r").read() == TEXT


def test_a_read_that_fails_for_good_is_eio_and_leaves_no_wrong_index():
    source = Counted(APP)
    fs = RomFs(source)
    for _ in range(2):
        source.broken = 3
        assert code(fs.stat, "/main.py") == errno.EIO
    assert fs.stat("/main.py")[6] == 70


if ON_MICROPYTHON:
    import io
    import json
    import os

    import vfs

    def mounted(fs, fn):
        before = sys.path[:], set(sys.modules)
        vfs.mount(fs, "/app")
        sys.path.insert(0, "/app")
        try:
            return fn()
        finally:
            vfs.umount("/app")
            sys.path[:] = before[0]
            for name in set(sys.modules) - before[1]:
                del sys.modules[name]

    def import_main():
        import main

        return main.value, main.where

    def test_modules_and_packages_are_imported():
        for fs in file_systems():
            assert mounted(fs, import_main) == (42, "/app/pkg/other.py")

    def test_compiled_modules_are_imported():
        # mpy-cross of `v = 7`
        mpy = b"M\x06\x00\x1f\x03\x00\x08a.py\x00\x0f\x02v\x00@\x00\x02\x01\x87\x16\x02Qc"
        for fs in file_systems(image(folder("lib", file("a.mpy", mpy)))):

            def load():
                from lib import a

                return a.v

            assert mounted(fs, load) == 7

    def test_the_os_functions_work_on_it():
        def use():
            listed = os.listdir("/app"), os.stat("/app/pkg/sub.py")[6]
            with open("/app/text.txt") as f:
                return listed, f.read()

        for fs in file_systems():
            listed, text = mounted(fs, use)
            assert listed == (["main.py", "pkg", "text.txt", "empty", "shared.bin", "odd.txt"], 11)
            assert text == TEXT

    def test_streaming_c_code_reads_from_it():
        data = json.dumps({"list": list(range(200)), "größe": "µ"})
        for fs in file_systems(image(file("a.json", data.encode()))):
            assert mounted(fs, lambda: json.load(open("/app/a.json"))) == json.loads(data)

    def test_it_is_a_stream():
        assert isinstance(RomFs(memoryview(APP)).open("/main.py", "rb"), io.IOBase)
