# Damaged images: an error, or another tree.

import errno

from qsota.boot.romfs import RomFs
from romfs_image import (
    DIRECTORY,
    FILE,
    FILESYSTEM,
    PADDING,
    POINTER,
    file,
    folder,
    image,
    named,
    pointer,
    record,
    uint,
)
from romfs_mount import APP, DIR, code, file_systems
from util import raises


def test_what_is_no_image_is_refused():
    for data in (
        b"",
        APP[:2],
        APP[:4],
        APP[:-1],
        b"\xff" * 64,
        bytes(64),
        b"\x80" * 64,
        record(FILESYSTEM + 1, b""),
    ):
        assert code(RomFs, memoryview(data)) == errno.EINVAL


def test_an_image_may_be_empty_padded_or_followed_by_anything():
    for data in (image(), b"\xd2\xcd\x31\x80\x80\x00", image() + b"\xff" * 9):
        for fs in file_systems(data):
            assert list(fs.ilistdir("/")) == []


def test_a_damaged_record_is_einval():
    good = file("a", b"1")
    for bad in (
        record(0, b""),  # unused
        b"\x05",  # no length
        b"\x05\x20\x01x",  # longer than its parent
        b"\x85\x80\x80\x80\x80\x80\x80\x80\x80\x00",  # endless number
        record(FILE, b""),  # no name
        record(FILE, uint(9) + b"short"),
        record(DIRECTORY, uint(300) + b"n" * 300),
    ):
        fs = RomFs(memoryview(image(good, bad)))
        assert fs.open("/a", "rb").read() == b"1"
        assert code(fs.stat, "/b") == errno.EINVAL
        assert code(list, fs.ilistdir("/")) == errno.EINVAL


def test_a_file_without_sound_data_is_einval():
    for bad in (
        named(FILE, "b", b""),
        named(FILE, "b", record(PADDING, b"x")),
        named(FILE, "b", record(POINTER, uint(1))),
        pointer("b", 8, 10),
        pointer("b", 1 << 40, 0),
    ):
        fs = RomFs(memoryview(image(bad)))
        assert code(fs.stat, "/b") == errno.EINVAL
        assert code(fs.open, "/b", "rb") == errno.EINVAL
        assert code(list, fs.ilistdir("/")) == errno.EINVAL


def test_names_and_texts_that_are_not_utf8_are_a_unicodeerror():
    for fs in file_systems(image(file(b"\xff", b"\xfe\xff"), file("t", b"\xfe\xff"))):
        assert [entry[0] for entry in fs.ilistdir(b"/")] == [b"\xff", b"t"]
        raises(UnicodeError, fs.open("/t", "r").read)
        raises(UnicodeError, fs.open("/t", "r").readline)


def walk(fs, path, found):
    for name, mode, _, _ in fs.ilistdir(path):
        if mode == DIR and len(found) < 1000:
            walk(fs, path + "/" + name, found)
        found.append(name)


def test_any_single_damaged_byte_ends_in_einval_or_in_another_tree():
    short = image(folder("d", file("a", b"12"), folder("e")), pointer("p", 1, 3))
    damaged = 0
    for at in range(len(short)):
        for value in (0x00, 0x01, 0x04, 0x7F, 0x80, 0xFF, short[at] ^ 1):
            data = bytearray(short)
            data[at] = value
            try:
                fs, found = RomFs(memoryview(data)), []
                walk(fs, "", found)
                assert len(found) <= 5
            except OSError as error:
                damaged += error.args[0] == errno.EINVAL
                assert error.args[0] in (errno.EINVAL, errno.ENOENT)
            except UnicodeError:
                damaged += 1  # a name, as VfsRom has it
    assert damaged > len(short)


def test_a_deep_tree_is_walked_without_recursion():
    entry = file("f", b"deep")
    for _ in range(200):
        entry = folder("d", entry)
    fs = RomFs(memoryview(image(entry)))
    assert fs.open("/d" * 200 + "/f", "rb").read() == b"deep"


def test_a_file_system_is_not_made_anew():
    for fs in file_systems():
        assert code(fs.mount, True, True) == errno.EPERM
