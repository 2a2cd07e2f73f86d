"""Mutated ROMFS images: the reader raises OSError at most, stays inside, and comes to an end."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutation import edits, mutated

import romfs_image as rom
from qsota.boot.romfs import RomFs

TREE = rom.image(
    rom.file("main.py", b"import lib.net\n" * 5),
    rom.record(rom.PADDING, b"\0" * 9),
    rom.folder(
        "lib", rom.file("net.mpy", bytes(range(200))), rom.folder("deep", rom.file("x", b""))
    ),
    rom.pointer("shared", 20, 30),
)


class Guarded:
    """A source that ends the test on a read outside of the image, or on too many reads."""

    def __init__(self, data):
        self._data = data
        self.size = len(data)
        self.reads = 0

    def read(self, offset, buf):
        self.reads += 1
        assert self.reads < 50000, "no end"
        assert offset >= 0 and offset + len(buf) <= self.size, "outside"
        buf[:] = self._data[offset : offset + len(buf)]


def walk(fs, path, depth=0):
    for name, kind, _, size in fs.ilistdir(path):
        below = path + name if path == "/" else path + "/" + name
        assert size >= 0
        if kind == 0x8000:
            survives(read, fs, below)
        elif depth < 5:
            survives(walk, fs, below, depth + 1)


def read(fs, path):
    """What the importer and programs do with a file."""
    size = fs.stat(path)[6]
    assert len(fs.open(path, "rb").read()) == size
    assert fs.open(path, "rb").readinto(bytearray(7)) == min(7, size)
    assert len(list(fs.open(path, "r"))) <= size


def survives(fn, *args):
    with suppress(OSError, UnicodeError):  # the latter for texts and names that are no UTF-8
        fn(*args)


@settings(max_examples=300)
@given(edits)
def test_a_mutated_image_raises_oserror_at_most_and_is_never_left(edits):
    source = Guarded(mutated(TREE, edits))
    survives(lambda: walk(RomFs(source), "/"))
    for path in ("main.py", "/lib/net.mpy", "lib/deep/x", "shared", "", "lib//deep", "no"):
        survives(lambda path=path: read(RomFs(source), path))


@settings(max_examples=200)
@given(st.binary(max_size=100))
def test_noise_in_a_file_system_raises_oserror_at_most(noise):
    source = Guarded(rom.record(rom.FILESYSTEM, noise))
    survives(lambda: walk(RomFs(source), "/"))
    survives(lambda: RomFs(Guarded(noise)))


def test_the_guard_of_the_images_works():
    fs = RomFs(Guarded(TREE))
    walk(fs, "/")
    assert fs.open("shared", "rb").read() == TREE[fs._start + 30 : fs._start + 50]
    with pytest.raises(AssertionError, match="outside"):
        Guarded(TREE).read(len(TREE) - 1, bytearray(2))
