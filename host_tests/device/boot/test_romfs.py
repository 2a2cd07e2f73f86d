import errno

from qsota.boot.romfs import RomFs
from romfs_image import file, image
from romfs_mount import APP, BINARY, DIR, PKG, REG, TEXT, code, file_systems

EROFS = 30


EOPNOTSUPP = 95


PKG_SIZE = len(b"".join(PKG))


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
