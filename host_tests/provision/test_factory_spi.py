"""`qsota factory` for boards with an SPI flash chip, and the root's size on every board."""

import json
import subprocess

import pytest
from littlefs import LittleFS
from storage_image import IMAGE, SETTINGS, area, files

from qsota.boot import record
from qsota.update import package
from qsota_tools import boards, cli
from qsota_tools.package.make import make_package
from qsota_tools.provision.factory import make_flash, make_root
from qsota_tools.virtual.vm_process import find_micropython

SPINOR = boards.load("PYBV11_W25Q128")


# Mounts a root with 512-byte blocks as stock MicroPython on stm32 does.
_MOUNT_STM32 = """
import json, os, struct, sys, vfs

with open(sys.argv[1], "rb") as file:
    data = file.read()
assert data[8:16] == b"littlefs"
size, count = struct.unpack_from("<II", data, 24)

class Dev:
    def readblocks(self, block, buf, offset=0):
        at = block * size + offset
        buf[:] = data[at : at + len(buf)]
    def writeblocks(self, block, buf, offset=0):
        raise OSError(30)
    def ioctl(self, op, arg):
        return {4: count, 5: size}.get(op, 0)

vfs.mount(vfs.VfsLfs2(Dev()), "/flash")
print(json.dumps([size * count, os.listdir("/flash")]))
"""


def test_a_board_with_an_spi_flash_has_its_root_in_the_storage_of_the_firmware(tmp_path):
    path, script = tmp_path / "root.bin", tmp_path / "mount.py"
    path.write_bytes(make_root(SPINOR))
    script.write_text(_MOUNT_STM32)
    command = [find_micropython(), "-X", "heapsize=16M", script, path]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    size, root = json.loads(result.stdout)
    assert size == path.stat().st_size == SPINOR["storage"]["size"]
    # SKIPSD: else MicroPython looks for boot.py on an SD card first.
    assert sorted(root) == [
        *("SKIPSD", "board.json", "boot.py", "main.py", "qsota.mpy", "qsota.pack"),
    ]


def test_the_spi_flash_holds_the_rest():
    chip = make_flash(SPINOR, make_package(IMAGE, SPINOR, "MCU", "1.0.0"), SETTINGS)
    assert len(chip) == SPINOR["flash"]["size"]
    data = area(chip, "data", SPINOR)
    assert json.loads(files(data, len(data) // 4096)["/settings.json"]) == SETTINGS
    assert record.unpack(area(chip, "state", SPINOR)[: record.RECORD_SIZE]).slots[0].size
    assert area(chip, "slot_a", SPINOR)[package.HEADER_SIZE :].startswith(IMAGE)


def test_the_command_makes_both_images_of_a_board_with_an_spi_flash(tmp_path, capsys):
    chip, root = tmp_path / "chip.bin", tmp_path / "root.bin"
    command = ["factory", "--board", "PYBV11_W25Q128", "-o", str(chip)]
    assert cli.main(command) == 1
    assert "--root FILE is for boards with slots on an SPI flash" in capsys.readouterr().err
    assert cli.main([*command, "--root", str(root)]) == 0
    assert (chip.stat().st_size, root.stat().st_size) == (1 << 24, 114688)


@pytest.mark.parametrize("name", boards.known())
def test_the_library_fits_the_root_of_every_board_with_room_for_a_larger_one(name):
    board = boards.load(name)
    block = board.get("storage", board["flash"])["erase"]
    fs = LittleFS(block_size=block, block_count=0, mount=False)
    fs.context.buffer = bytearray(make_root(board))
    fs.mount()
    used, size = fs.used_block_count * block, board["areas"]["root"][1]
    # Where the root is all that the firmware's storage has, it can only fit.
    whole = "storage" in board and size == board["storage"]["size"]
    assert used <= (size if whole else size * 10 // 11)
