"""Package files on disk: hashed on the way in, nothing left of what failed."""

import errno
import hashlib
import os
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsota_tools.center.complaints import BadInput
from qsota_tools.center.plan import file_of
from qsota_tools.center.store.files import PackageFiles
from qsota_tools.center.version_packages import FILE_MAX
from qsota_tools.common.crc import crc32_mpeg2
from qsota_tools.common.errors import UserError

MB = 1 << 20


@pytest.fixture
def files(tmp_path):
    return PackageFiles(tmp_path / "files")


def left(files):
    return sorted(path.name for path in files.directory.iterdir())


def test_a_file_is_stored_under_its_sha256_with_all_sums(files):
    data = os.urandom(100000)
    file = files.receive("app.bin", [data[:1], data[1:70000], b"", data[70000:]])
    assert vars(file) == vars(file_of("app.bin", data))
    assert left(files) == [hashlib.sha256(data).hexdigest()]
    assert files.path(file.sha256).read_bytes() == data


def test_the_same_content_is_stored_once(files):
    first, second = (files.receive(name, [b"same"]) for name in ("a.bin", "b.bin"))
    assert first.sha256 == second.sha256 and len(left(files)) == 1


def test_a_path_in_a_name_is_only_a_name(files):
    for name in ("../../evil.bin", "/etc/evil.bin", "C:\\evil.bin"):
        assert files.receive(name, [b"x"]).name == "evil.bin"
    assert len(left(files)) == 1


def test_wrong_types_and_empty_files_leave_nothing(files):
    for name, chunks, code in (
        ("a.exe", [b"x"], "file-type"),
        ("a.bin", [], "file-empty"),
        ("a.bin", [b"", b""], "file-empty"),
    ):
        with pytest.raises(BadInput) as caught:
            files.receive(name, chunks)
        assert (caught.value.field, caught.value.code) == ("files", code)
    assert left(files) == []


def test_a_file_that_is_too_large_is_refused_as_soon_as_it_is(files):
    sent = []

    def endless():
        while True:
            sent.append(1)
            yield bytes(10 * MB)

    with pytest.raises(BadInput) as caught:
        files.receive("a.bin", endless())
    assert caught.value.code == "file-too-large" and len(sent) == 11
    assert left(files) == []


def test_a_full_disk_leaves_nothing_behind(files, monkeypatch):
    def no_space(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(UserError, match="a.bin: the disk is full, nothing was kept of it"):
        files.receive("a.bin", [b"x" * 1000])
    assert left(files) == []


def test_a_disk_that_is_really_full_leaves_nothing_behind(files):
    # A limit of the process stands for the disk: the kernel refuses the write all the same.
    program = """
import resource, signal, sys
from pathlib import Path
from qsota_tools.center.store.files import PackageFiles
from qsota_tools.common.errors import UserError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))
try:
    PackageFiles(Path(sys.argv[1])).receive("a.bin", [bytes(1 << 20)] * 5)
except UserError as error:
    print(error)
"""
    command = [sys.executable, "-c", program, files.directory]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert out == "a.bin: the disk is full, nothing was kept of it\n" and left(files) == []


def test_an_upload_that_breaks_off_leaves_nothing(files):
    def broken():
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        files.receive("a.bin", broken())
    assert left(files) == []


def test_what_a_killed_upload_left_is_removed_at_the_next_start(files):
    (files.directory / "tmp123.part").write_bytes(b"half")
    PackageFiles(files.directory)
    assert left(files) == []


def test_files_that_no_package_has_are_swept(files):
    used, unused, fresh = (files.receive("a.bin", [data]) for data in (b"1", b"2", b"3"))
    del files.uploads[used.sha256], files.uploads[unused.sha256]
    files.sweep({used.sha256})
    assert left(files) == sorted([used.sha256, fresh.sha256])


def test_uploads_that_never_become_packages_are_forgotten_at_last(files):
    first = files.receive("a.bin", [b"first"])
    for number in range(20):
        assert first.sha256 in files.uploads
        files.receive("a.bin", [bytes([number])])
    files.sweep(set())
    assert len(left(files)) == 20 and first.sha256 not in left(files)


def test_a_module_downloads_from_the_stored_file_in_ranges(files):
    data = os.urandom(5000)
    url = "http://ota.example/" + files.receive("a.bin", [data]).sha256
    assert url in files and files[url][100:200] == data[100:200]
    for other in ("http://ota.example/" + "0" * 64, "http://ota.example/..", "/etc/passwd", ""):
        assert other not in files
        with pytest.raises(KeyError):
            files[other]


def test_100_mb_are_taken_in_less_than_150_mb_of_memory(tmp_path):
    program = """
import sys
from pathlib import Path
from qsota_tools.center.store.files import PackageFiles
piece = bytes(1 << 20)
file = PackageFiles(Path(sys.argv[1])).receive("a.bin", (piece for _ in range(100)))
assert file.size == 100 << 20
# getrusage() would tell the size of the process that started this one, if that was larger.
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""
    command = [sys.executable, "-c", program, tmp_path]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert int(out) < 150 * 1024 and FILE_MAX == 100 * MB


@given(st.lists(st.binary()))
def test_sums_of_pieces_are_those_of_the_whole(pieces):
    crc = 0xFFFFFFFF
    for piece in pieces:
        crc = crc32_mpeg2(piece, crc)
    assert crc == crc32_mpeg2(b"".join(pieces)) == slow_crc(b"".join(pieces))


def slow_crc(data):
    """CRC-32/MPEG-2 by its definition."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    return crc


def test_the_crc_of_100_mb_takes_no_seconds():
    piece, crc = bytes(MB), 0xFFFFFFFF
    begun = time.process_time()
    for _ in range(100):
        crc = crc32_mpeg2(piece, crc)
    assert time.process_time() - begun < 2
