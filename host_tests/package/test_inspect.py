"""`qsota inspect`: explains a package, or says exactly what is wrong with it."""

import binascii
import hashlib
import json
import struct

import pytest
from mpremote.romfs import VfsRomWriter

from qsota.update import package
from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.package import keys
from qsota_tools.package.image import image_files
from qsota_tools.package.inspect import explain
from qsota_tools.package.make import make_package
from qsota_tools.package.signing import sign
from testkeys import KEY, OTHER_KEY

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
        "not for RPI_PICO with slots of 618496 bytes: wrong-board (the package is for VIRTUAL"
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
    assert list(image_files(padded)) == [("f", b"")]


OTHER_IMAGE = IMAGE[:-300] + bytes(299) + b"\x01"
DEFLATE = make_package(IMAGE, BOARD, "MCU", "1.2.3", kind=package.DEFLATE)
DELTA = make_package(OTHER_IMAGE, BOARD, "MCU", "1.2.4", kind=package.DELTA, base=IMAGE)


def test_a_compressed_package_is_unpacked():
    found = explain(DEFLATE, BOARD)
    assert found["kind"] == "deflate"
    assert found["files"] == {"lib/a.mpy": 5, "lib/deep/b.txt": 0, "main.mpy": 300}


def test_a_compressed_package_with_damage():
    assert problem(DEFLATE[:-3] + b"\xff\xff\xff").startswith(("the payload is", "the image is"))


def test_a_delta_is_explained_with_its_base():
    found = explain(DELTA, BOARD, base=IMAGE)
    assert (found["kind"], found["base_size"]) == ("delta", len(IMAGE))
    assert found["files"] == {"lib/a.mpy": 5, "lib/deep/b.txt": 0, "main.mpy": 300}
    assert "files" not in explain(DELTA)
    with pytest.raises(UserError, match="the delta starts from another image"):
        explain(DELTA, base=OTHER_IMAGE)


def test_a_window_that_the_board_has_no_heap_for():
    board = BOARD | {"limits": {"window_bits": 9}}
    assert problem(DEFLATE, board).startswith("not for VIRTUAL with slots of 262144 bytes: window")


def test_the_signature_is_checked_against_a_key_or_the_board():
    signed = KEY.sign(PACKAGE)
    assert explain(signed, public=KEY.modulus)["key_id"] == f"{keys.key_id(KEY.modulus):08x}"
    for data, public, text in (
        (PACKAGE, KEY.modulus, "unsigned: the package names key none"),
        (signed, OTHER_KEY.modulus, "unknown-key: the package names key"),
        (signed[:767] + b"\0" + signed[768:], KEY.modulus, "wrong-signature: the package names"),
    ):
        with pytest.raises(UserError, match=text):
            explain(data, public=public)
    board = BOARD | {"keys": [KEY.modulus.hex()]}
    assert explain(signed, board)["key_id"] != "00000000"
    assert "unsigned" in problem(PACKAGE, board)


def inspect(tmp_path, data, *options):
    path = tmp_path / "shown.bin"
    path.write_bytes(data)
    return cli.main(["inspect", str(path), *map(str, options)])


def test_the_command_for_deltas_and_signatures(tmp_path, file, capsys):
    assert inspect(tmp_path, DELTA) == 0
    assert "not unpacked without its base" in capsys.readouterr().out
    assert inspect(tmp_path, DELTA, "--base", file) == 0
    shown = capsys.readouterr().out
    assert f"{len(IMAGE)} bytes, SHA-256 {hashlib.sha256(IMAGE).hexdigest()}" in shown
    assert "4096 bytes of heap" in shown
    assert "300  main.mpy" in shown
    assert inspect(tmp_path, KEY.sign(PACKAGE)) == 0
    assert f"by key {keys.key_id(KEY.modulus):08x}, not checked" in capsys.readouterr().out
    pem = tmp_path / "key.pem"
    key = keys.generate()
    keys.save(key, pem)
    assert inspect(tmp_path, sign(PACKAGE, key), "--key", pem) == 0
    assert f"by key {keys.key_id(keys.modulus(key)):08x}, valid" in capsys.readouterr().out
    assert inspect(tmp_path, PACKAGE, "--key", pem) == 1
    assert "shown.bin: unsigned: " in capsys.readouterr().err


def test_two_packages_file_by_file(tmp_path, file, capsys):
    writer = VfsRomWriter()
    writer.mkfile("main.mpy", bytes(301))
    writer.mkfile("new.mpy", b"12")
    writer.opendir("lib")
    writer.mkfile("a.mpy", b"12345")
    writer.closedir()
    after = make_package(writer.finalise(), BOARD, "MCU", "2")
    assert inspect(tmp_path, after, "--diff", file) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()[-4:]] == [
        ["0", "lib/deep/b.txt"],
        ["300", "301", "main.mpy"],
        ["2", "new.mpy"],
        ["1", "files", "are", "the", "same"],
    ]
    assert inspect(tmp_path, after, "--diff", file, "--json") == 0
    assert json.loads(capsys.readouterr().out)["changes"] == {
        "added": {"new.mpy": 2},
        "removed": {"lib/deep/b.txt": 0},
        "changed": {"main.mpy": [300, 301]},
        "same": 1,
    }


def test_a_delta_and_its_base_file_by_file(tmp_path, file, capsys):
    assert inspect(tmp_path, DELTA, "--base", file, "--diff", file) == 0
    assert capsys.readouterr().out.splitlines()[-2].split() == ["300", "300", "main.mpy"]
    assert inspect(tmp_path, DELTA, "--diff", file) == 1
    assert "only with the package that it starts from" in capsys.readouterr().err


def test_a_problem_with_the_other_package_names_that_file(tmp_path, file, capsys):
    file.write_bytes(PACKAGE[:900])
    for option in ("--base", "--diff"):
        assert inspect(tmp_path, DELTA, option, file) == 1
        assert f"{file}: truncated at byte 900" in capsys.readouterr().err


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
