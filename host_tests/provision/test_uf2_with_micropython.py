"""`qsota flash --uf2 OUT --micropython IN`: one file for a new board."""

import struct

import pytest

from qsota_tools import boards, cli
from qsota_tools.provision import uf2
from qsota_tools.provision.factory import make_flash

BOARD = boards.load("RPI_PICO")
START = uf2.FLASH + BOARD["flash"]["offset"]
ABSOLUTE = 0xE48BFF57  # the family of the block that every UF2 file for an RP2350 begins with
CODE = b"\0RPI_PICO\0" + b"3.4.0; MicroPython v1.29.0 on 2026-08-24\0" + b"\x12" * 1000


def uf2_of(code, address=uf2.FLASH, family=uf2.FAMILIES["RP2040"], first=0):
    """A UF2 file of code at an address."""
    pages = [code[at : at + 256].ljust(256, b"\0") for at in range(0, len(code), 256)]
    blocks = []
    for number, page in enumerate(pages):
        head = (
            *uf2.MAGIC,
            uf2.HAS_FAMILY,
            address + 256 * number,
            256,
            number,
            len(pages),
            family,
        )
        blocks.append(struct.pack("<8I476sI", *head, page, uf2.END_MAGIC))
    return b"".join(blocks)


def blocks_of(data):
    """(address, bytes, number, count, family) of each block."""
    for at in range(0, len(data), 512):
        _, _, _, address, size, number, count, family = struct.unpack_from("<8I", data, at)
        yield address, data[at + 32 : at + 32 + size], number, count, family


def merge(tmp_path, firmware, board="RPI_PICO"):
    """(exit code, the file that was made or None)."""
    source, out = tmp_path / "in.uf2", tmp_path / "out.uf2"
    source.write_bytes(firmware)
    line = ("flash", "--board", board, "--uf2", str(out), "--micropython", str(source))
    code = cli.main([*line])
    return code, out.read_bytes() if out.exists() else None


def test_both_are_in_it_each_at_its_place(tmp_path):
    code, made = merge(tmp_path, uf2_of(CODE))
    assert code == 0
    content = {address: data for address, data, *_ in blocks_of(made)}
    firmware = b"".join(content[at] for at in sorted(content) if at < START)
    storage = b"".join(content[at] for at in sorted(content) if at >= START)
    assert firmware[: len(CODE)] == CODE
    assert storage == make_flash(BOARD)


def test_the_blocks_are_counted_as_one_file(tmp_path):
    _, made = merge(tmp_path, uf2_of(CODE))
    found = [*blocks_of(made)]
    assert [number for _, _, number, _, _ in found] == [*range(len(found))]
    assert {count for *_, count, _ in found} == {len(found)}


def test_blocks_of_another_family_are_kept_and_counted_for_themselves(tmp_path):
    arm = uf2.FAMILIES["RP2350"]
    code = CODE.replace(b"RPI_PICO", b"RPI_PICO2")
    first = uf2_of(b"\xef" * 256, 0x10FFFF00, ABSOLUTE)
    exit_code, made = merge(tmp_path, first + uf2_of(code, family=arm), "RPI_PICO2")
    assert exit_code == 0
    found = [*blocks_of(made)]
    assert found[0] == (0x10FFFF00, b"\xef" * 256, 0, 1, ABSOLUTE)
    assert {count for *_, count, family in found if family == arm} == {len(found) - 1}


@pytest.mark.parametrize(
    ("firmware", "complaint"),
    [
        (uf2_of(CODE, family=uf2.FAMILIES["RP2350"]), "is not for an RP2040"),
        (uf2_of(CODE, address=START - 256), "reaches beyond 0x100a0000"),
        (uf2_of(CODE.replace(b"RPI_PICO", b"RPI_PICO_W")), "is not the MicroPython of a RPI_PICO"),
        (uf2_of(CODE.replace(b"v1.29.0", b"v1.24.1")), "MicroPython 1.24.1 is too old"),
        (uf2_of(b"\x12" * 600), "holds no MicroPython"),
        (uf2_of(CODE)[:-1], "is no UF2 file"),
        (uf2_of(CODE)[:-4] + b"\0\0\0\0", "is no UF2 file (block 4 is damaged)"),
        (b"", "is no UF2 file"),
        (b"\0" * 512, "is no UF2 file (block 0 is damaged)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_refused_and_nothing_is_made(tmp_path, capsys, firmware, complaint):
    assert merge(tmp_path, firmware) == (1, None)
    assert complaint in capsys.readouterr().err


def test_the_file_it_is_made_from_is_not_overwritten(tmp_path, capsys):
    source = tmp_path / "in.uf2"
    source.write_bytes(uf2_of(CODE))
    line = ("flash", "--board", "RPI_PICO", "--uf2", str(source), "--micropython", str(source))
    assert cli.main([*line]) == 1
    assert source.read_bytes() == uf2_of(CODE)
