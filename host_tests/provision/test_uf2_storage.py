"""`qsota flash --uf2`: the storage image as a file for the boot loader."""

import struct

import pytest
from on_usb import virtual
from usb_board import is_refused

from qsota_tools import boards
from qsota_tools.provision.factory import make_flash


def uf2_blocks(data):
    for at in range(0, len(data), 512):
        block = data[at : at + 512]
        magic, second, flags, address, size, number, count, family = struct.unpack_from(
            "<8I", block
        )
        assert (magic, second, flags) == (0x0A324655, 0x9E5D5157, 0x2000)
        assert struct.unpack_from("<I", block, 508)[0] == 0x0AB16F30
        assert size == 256 and set(block[32 + size : 508]) == {0}
        assert (number, count) == (at // 512, len(data) // 512)
        yield address, block[32 : 32 + size], family


@pytest.mark.parametrize(
    ("name", "base", "family"),
    [("RPI_PICO", 0x100A0000, 0xE48BFF56), ("RPI_PICO2", 0x10100000, 0xE48BFF59)],
)
def test_a_uf2_file_holds_the_storage_image(qsota, tmp_path, name, base, family):
    board, file = boards.load(name), tmp_path / "board.uf2"
    code, out, _ = qsota("flash", "--board", name, "--pk", "p", "--ps", "s", "--uf2", file)
    assert code == 0 and "BOOTSEL" in out
    blocks = list(uf2_blocks(file.read_bytes()))
    assert [address for address, _, _ in blocks] == list(
        range(base, base + board["flash"]["size"], 256)
    )
    assert {found for _, _, found in blocks} == {family}
    assert b"".join(data for _, data, _ in blocks) == make_flash(
        board, None, {"pk": "p", "ps": "s"}
    )


def test_a_uf2_file_may_leave_the_data_area_out(qsota, tmp_path):
    board, file = boards.load("RPI_PICO"), tmp_path / "board.uf2"
    assert qsota("flash", "--board", "RPI_PICO", "--keep-data", "--uf2", file)[0] == 0
    start, size = board["areas"]["data"]
    found = {address - 0x100A0000 for address, _, _ in uf2_blocks(file.read_bytes())}
    assert found.isdisjoint(range(start, start + size))
    assert len(found) == (board["flash"]["size"] - size) // 256


def test_a_board_without_a_uf2_boot_loader(qsota, tmp_path):
    refusal = qsota("flash", *virtual("--uf2", tmp_path / "board.uf2"))
    assert is_refused(refusal, "a UF2 file is for rp2 boards: VIRTUAL has no `chip`")
