"""`qsota inspect`: explains a package, or says exactly what is wrong with it."""

import binascii
import hashlib
import json
import struct

import pytest
from mpremote.romfs import VfsRomWriter

from qsota import package
from qsota_tools import boards, cli
from qsota_tools.errors import UserError
from qsota_tools.image import image_files
from qsota_tools.inspect_package import explain
from qsota_tools.package_file import make_package

BOARD = boards.load("VIRTUAL")


def romfs():
    writer = VfsRomWriter()
    writer.opendir("lib")
    writer.mkfile("a.mpy", b"12345")
    writer.opendir("deep")
    writer.mkfile("b.txt", b"")
    writer.closedir()
    writer.closedir()
    writer.mkfile("main.mpy", bytes(300))
    return writer.finalise()


IMAGE = romfs()
PACKAGE = make_package(IMAGE, BOARD, "MCU", "1.2.3", counter=9)


def changed(offset, data):
    """PACKAGE with other header bytes and a CRC that fits them."""
    header = bytearray(PACKAGE[:768])
    header[offset : offset + len(data)] = data
    struct.pack_into("<I", header, 380, binascii.crc32(header[:380]))
    return bytes(header) + PACKAGE[768:]


def problem(data, board=None):
    with pytest.raises(UserError) as caught:
        explain(data, board)
    return str(caught.value)


def test_every_field_file_and_sum_is_found():
    found = explain(PACKAGE, BOARD)
    assert found["files"] == {"lib/a.mpy": 5, "lib/deep/b.txt": 0, "main.mpy": 300}
    assert found["image_sha256"] == hashlib.sha256(IMAGE).hexdigest()
    assert found["sha256"] == hashlib.sha256(PACKAGE).hexdigest()
    assert (found["kind"], found["counter"], found["key_id"]) == ("plain", 9, "00000000")
    assert found["payload_size"] == found["image_size"] == len(IMAGE)
    assert set(package.parse(PACKAGE)._asdict()) <= set(found)


@pytest.mark.parametrize("length", [0, 3, 767])
def test_a_header_that_is_cut_short(length):
    assert problem(PACKAGE[:length]) == (
        f"truncated at byte {length}: the header alone has 768 bytes"
    )


def test_a_payload_that_is_cut_short():
    assert problem(PACKAGE[:-1]) == (
        f"truncated at byte {len(PACKAGE) - 1}: header and payload have {len(PACKAGE)} bytes"
    )


def test_trailing_bytes():
    assert problem(PACKAGE + b"\r\n") == (
        f"2 bytes too many after the payload, at byte {len(PACKAGE)}"
    )


def test_something_else_altogether():
    assert problem(b"PK\x03\x04" + bytes(2000)).startswith(
        "not a package: it starts with b'PK\\x03\\x04'"
    )


def test_a_newer_format():
    assert problem(changed(4, b"\x02")) == (
        "unknown format: format 2 with a header of 768 bytes, expected format 1 with 768"
    )


def test_a_payload_kind_of_the_future():
    assert problem(changed(5, b"\x07")) == "unknown payload kind 7"


def test_a_damaged_header():
    data = PACKAGE[:100] + b"\x00" + PACKAGE[101:]
    assert problem(data).startswith("the header is damaged: its CRC-32 is ")


def test_fields_that_contradict_each_other():
    assert "contradict" in problem(changed(20, b"\x01\x00\x00\x00"))


def test_a_damaged_image():
    data = PACKAGE[:-1] + b"\x55"
    assert problem(data).startswith("the image is damaged: its SHA-256 is ")


def test_a_package_for_another_board():
    assert problem(PACKAGE, boards.load("RPI_PICO")).startswith(
        "not for RPI_PICO with slots of 585728 bytes: wrong-board (the package is for VIRTUAL"
    )


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (b"hello", "the image is not a ROMFS: it does not start with d2 cd 31"),
        (b"\xd2\xcd\x31\x80", "the ROMFS is damaged"),
        (b"\xd2\xcd\x31\x05\x05", "the ROMFS is damaged"),
        (IMAGE[:-1], "the ROMFS is damaged"),
        (b"\xd2\xcd\x31\x05\x05\x03\x01\xff\x01", "the ROMFS is damaged"),
        (IMAGE + b"\x01\x00", "bytes follow the end of the ROMFS"),
    ],
)
def test_an_image_that_is_no_romfs(image, text):
    assert problem(make_package(image, BOARD, "MCU", "1.0")).startswith(text)


def test_padding_in_a_romfs_is_skipped():
    padded = b"\xd2\xcd\x31\x0b" + b"\x01\x03abc" + b"\x05\x04\x01f\x02\x00"
    assert list(image_files(padded)) == [("f", 0)]


def test_a_delta_is_explained_without_its_content(tmp_path, capsys):
    header = package.parse(PACKAGE)._replace(
        kind=package.DELTA,
        window_bits=10,
        payload_size=50,
        base_size=400,
        base_sha256=bytes(range(32)),
        key_id=0xABCD,
    )
    head = bytearray(768)
    package.pack(header, head)
    head[384:] = b"\x5a" * 384
    path = tmp_path / "delta.bin"
    path.write_bytes(head + bytes(50))
    assert cli.main(["inspect", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "delta, 50 bytes, content not checked here" in shown
    assert "1024 bytes of heap" in shown
    assert f"400 bytes, SHA-256 {bytes(range(32)).hex()}" in shown
    assert "by key cdab0000, not checked here" in shown


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "MCU.bin"
    path.write_bytes(PACKAGE)
    return path


def test_the_command_shows_fields_files_and_sums(file, capsys):
    assert cli.main(["inspect", str(file), "--board", "VIRTUAL"]) == 0
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["security", "counter", "9"] in shown
    assert ["300", "main.mpy"] in shown
    assert ["slot", *f"{len(PACKAGE)} of 262144 bytes on VIRTUAL".split()] in shown
    assert ["md5", hashlib.md5(PACKAGE).hexdigest()] in shown


def test_the_command_as_json(file, capsys):
    assert cli.main(["inspect", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(file), **explain(PACKAGE)}


def test_a_bad_package_exits_with_1_and_says_why(file, capsys):
    file.write_bytes(PACKAGE[:-5])
    assert cli.main(["inspect", str(file)]) == 1
    error = capsys.readouterr().err
    assert error == f"qsota: {file}: {problem(PACKAGE[:-5])}\n"


def test_a_bad_package_as_json(file, capsys):
    file.write_bytes(b"")
    assert cli.main(["inspect", str(file), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"file": str(file), "problem": problem(b"")}


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert cli.main(["inspect", str(tmp_path / "none.bin")]) == 1
    assert "none.bin: No such file or directory" in capsys.readouterr().err
