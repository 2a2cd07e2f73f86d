import errno
import sys

from qsota.boot.flash import Area
from qsota.boot.romfs import RomFs
from qsota.boot.slot import IMAGE_OFFSET, Image
from qsota.errors import FlashError
from qsota_tools.proof.lab.nor_flash import NorFlash
from romfs_image import (
    DIRECTORY,
    FILE,
    FILESYSTEM,
    PADDING,
    POINTER,
    VERBATIM,
    file,
    folder,
    image,
    named,
    pointer,
    record,
    uint,
)
from util import raises

EROFS = 30
EOPNOTSUPP = 95
DIR, REG = 0x4000, 0x8000

ON_MICROPYTHON = sys.implementation.name == "micropython"

BINARY = bytes(range(256)) * 3
TEXT = "first line\nzweite Zeile: Größe 5 µm\n\n" + "x" * 200 + "\nlast, 終わり"

PKG = (
    file("__init__.py", b""),
    file("sub.py", b"value = 41\n"),
    file("other.py", b"where = __file__\n"),
    folder("deep", file("data.bin", BINARY), folder("er")),
)
PKG_SIZE = len(b"".join(PKG))
APP = image(
    record(PADDING, b"pad"),
    file("main.py", b"from pkg import sub\nfrom pkg.other import where\nvalue = sub.value + 1\n"),
    record(99, b"a kind of the future"),
    folder("pkg", *PKG),
    file("text.txt", TEXT.encode()),
    file("empty", b""),
    pointer("shared.bin", 3, 2),  # "pad"
    named(FILE, "odd.txt", record(PADDING, b"xyz") + record(VERBATIM, b"after padding")),
)


def in_flash(data):
    """The image as it lies in a slot, read through an Area as where flash has no addresses."""
    content = bytes(IMAGE_OFFSET) + data
    flash = NorFlash(len(content) // 4096 + 1, content=content)
    return Image(Area(flash, flash.size, 4096, 256), len(data))


def file_systems(data=APP):
    """The same image through everything that can read it; all must give the same answers."""
    systems = [RomFs(memoryview(data)), RomFs(in_flash(data))]
    if ON_MICROPYTHON:
        import vfs

        systems.append(vfs.VfsRom(data))
    return systems


def code(call, *args):
    return raises(OSError, call, *args).args[0]


# Names


def test_listing_shows_name_type_and_size():
    for fs in file_systems():
        assert [entry[:2] + entry[3:] for entry in fs.ilistdir("/")] == [
            ("main.py", REG, 70),
            ("pkg", DIR, PKG_SIZE),
            ("text.txt", REG, len(TEXT.encode())),
            ("empty", REG, 0),
            ("shared.bin", REG, 3),
            ("odd.txt", REG, 13),
        ]
        assert [entry[0] for entry in fs.ilistdir("pkg/deep")] == ["data.bin", "er"]
        assert list(fs.ilistdir("/pkg/deep/er")) == []


def test_listing_by_bytes_gives_bytes():
    for fs in file_systems():
        assert [entry[0] for entry in fs.ilistdir(b"/pkg/deep")] == [b"data.bin", b"er"]


def test_listing_what_is_no_directory_is_an_error():
    for fs in file_systems():
        for path in ("/nope", "/main.py", "."):
            assert code(fs.ilistdir, path) == errno.ENOENT


def test_stat_gives_type_and_size():
    for fs in file_systems():
        for path, mode, size in (
            ("", DIR, len(APP) - 5),
            ("/", DIR, len(APP) - 5),
            ("main.py", REG, 70),
            ("/main.py", REG, 70),
            ("/pkg", DIR, PKG_SIZE),
            ("/pkg/", DIR, PKG_SIZE),
            ("/pkg/deep/data.bin", REG, 768),
            ("/shared.bin", REG, 3),
            ("/pkg/deep/er", DIR, 0),
        ):
            assert fs.stat(path) == (mode, 0, 0, 0, 0, 0, size, 0, 0, 0), path


def test_a_name_that_does_not_exist_is_enoent():
    for fs in file_systems():
        for path in ("nope", "/pk", "/pkgs", "/pkg/nope", "/pkg//sub.py", "//main.py", "."):
            assert code(fs.stat, path) == errno.ENOENT
            assert code(fs.open, path, "r") == errno.ENOENT
        for path in ("/main.py/", "/main.py/x"):
            assert code(fs.stat, path) == errno.ENOENT


def test_statvfs_tells_the_size():
    for fs in file_systems():
        assert fs.statvfs("/") == (1, 0, len(APP) - 5, 0, 0, 0, 0, 0, 0, 32767)


def test_it_can_be_read_before_and_after_it_was_mounted():
    for fs in file_systems():
        before = fs.stat("/main.py")
        fs.mount(True, False)
        fs.umount()
        assert fs.stat("/main.py") == before


def test_only_the_root_can_be_the_current_directory():
    for fs in file_systems():
        fs.chdir("/")
        assert fs.getcwd() == ""
        assert code(fs.chdir, "/pkg") == EOPNOTSUPP


# Files


def test_opening_for_writing_is_erofs():
    for fs in file_systems():
        for mode in ("w", "wb", "a", "r+", "rb+"):
            assert code(fs.open, "/main.py", mode) == EROFS
            assert code(fs.open, "/nope", mode) == EROFS


def test_opening_a_directory_is_eisdir():
    for fs in file_systems():
        for path in ("/", "/pkg"):
            assert code(fs.open, path, "rb") == errno.EISDIR


def test_a_binary_file_reads_in_pieces():
    for fs in file_systems():
        with fs.open("/pkg/deep/data.bin", "rb") as f:
            assert f.read(5) == BINARY[:5]
            assert f.tell() == 5
            assert f.read(0) == b""
            assert f.read() == BINARY[5:]
            assert f.read() == f.read(4) == b""


def test_readinto_fills_what_there_is():
    for fs in file_systems():
        f = fs.open("/pkg/deep/data.bin", "rb")
        buf = bytearray(500)
        assert f.readinto(buf) == 500 and buf == BINARY[:500]
        assert f.readinto(buf, 7) == 7 and buf[:8] == BINARY[500:507] + BINARY[7:8]
        assert f.readinto(buf) == 261 and buf[:261] == BINARY[507:]
        assert f.readinto(buf) == 0


def test_seek_moves_within_the_file():
    for fs in file_systems():
        f = fs.open("/pkg/deep/data.bin", "rb")
        assert f.seek(10) == 10 and f.read(1) == b"\x0a"
        assert f.seek(-2, 1) == 9 and f.read(1) == b"\x09"
        assert f.seek(-1, 2) == 767 and f.read() == b"\xff"
        assert f.seek(10000) == 768 and f.read() == b""
        assert code(f.seek, -1) == errno.EINVAL


def test_a_text_file_reads_as_str():
    for fs in file_systems():
        with fs.open("/text.txt", "r") as f:
            assert f.read() == TEXT
        assert fs.open("/text.txt", "rt").read(5) == "first"


def test_a_text_file_is_counted_in_characters():
    for fs in file_systems():
        for size in (1, 2, 3, 7, 40):
            f = fs.open("/text.txt", "r")
            pieces = []
            while not pieces or pieces[-1]:
                pieces.append(f.read(size))
            assert "".join(pieces) == TEXT
            assert all(len(piece) == size for piece in pieces[:-2])


def test_lines_end_at_newlines():
    lines = [line + "\n" for line in TEXT.split("\n")]
    lines[-1] = lines[-1][:-1]
    for fs in file_systems():
        assert list(fs.open("/text.txt", "r")) == lines
        assert fs.open("/text.txt", "r").readlines() == lines
        assert fs.open("/text.txt", "rb").readline() == b"first line\n"
        f = fs.open("/text.txt", "r")
        assert [f.readline() for _ in range(6)] == lines + [""]


def test_data_by_pointer_and_behind_padding():
    for fs in file_systems():
        assert fs.open("/shared.bin", "rb").read() == b"pad"
        assert fs.open("/odd.txt", "rb").read() == b"after padding"
        assert fs.open("/empty", "rb").read() == b""


def test_a_file_of_a_view_is_not_copied():
    data = bytearray(APP)
    f = RomFs(memoryview(data)).open("/pkg/sub.py", "rb")
    at = data.find(b"value = 41")
    data[at : at + 5] = b"VALUE"
    assert f.read() == b"VALUE = 41\n"


def test_code_for_the_importer_is_read_at_once_unless_it_is_large():
    small, large = b"x = 1\n", b"#" * 4096
    data = bytearray(image(file("small.mpy", small), file("large.mpy", large)))
    fs = RomFs(memoryview(data))
    files = [fs.open("/" + name + ".mpy", "rb") for name in ("small", "large")]
    data[:] = bytes(len(data))
    assert [f.read() for f in files] == [small, bytes(4096)]


def test_the_importer_gets_a_buffer_size_and_a_close():
    f = RomFs(memoryview(APP)).open("/main.py", "rb")
    assert f.ioctl(11, 0) == 255 and f.ioctl(4, 0) == 0
    assert f.ioctl(2, 0) == -errno.EINVAL
    assert f.close() is None


# Damage


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


# What it costs


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


# Mounted

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
