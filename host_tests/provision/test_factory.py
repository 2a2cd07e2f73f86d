"""`qsota factory`: the storage image of a provisioned board."""

import copy
import json
import struct
import subprocess

import pytest
from storage_image import BOARD, FIRST, IMAGE, SETTINGS, area, files

from qsota.boot import record, record_data
from qsota.update import package
from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.package.make import make_package
from qsota_tools.provision import factory
from qsota_tools.provision.factory import make_flash
from qsota_tools.virtual.vm_process import find_micropython

# Mounts what is in a flash file as stock MicroPython on rp2 does, and prints what was found.
_MOUNT = """
import json, os, sys, vfs

class Dev:
    def __init__(self, data, start, size):
        self.data, self.start, self.size, self.writes = data, start, size, 0
    def readblocks(self, block, buf, offset=0):
        at = self.start + block * 4096 + offset
        buf[:] = self.data[at : at + len(buf)]
    def writeblocks(self, block, buf, offset=0):
        self.writes += 1
    def ioctl(self, op, arg):
        self.writes += op == 6
        return {4: self.size // 4096, 5: 4096}.get(op, 0)

with open(sys.argv[1], "rb") as file:
    data = file.read()
root = Dev(data, 0, len(data))
store = Dev(data, int(sys.argv[2]), int(sys.argv[3]))
vfs.mount(vfs.VfsLfs2(root, progsize=256), "/base")
vfs.mount(vfs.VfsLfs2(store, progsize=256), "/store")
print(json.dumps({
    "root": os.listdir("/base"),
    "store": os.listdir("/store"),
    "writes": root.writes + store.writes,
}))
"""


@pytest.fixture(scope="module")
def flash():
    return make_flash(BOARD, FIRST, SETTINGS)


def root_files(flash, board=BOARD):
    return files(flash, board["flash"]["size"] // 4096)


def test_the_image_is_the_whole_storage(flash):
    assert len(flash) == BOARD["flash"]["size"]


def test_the_same_input_gives_the_same_bytes(flash):
    assert make_flash(BOARD, FIRST, dict(reversed(SETTINGS.items()))) == flash


def test_stock_micropython_mounts_it_without_a_write(flash, tmp_path):
    path, script = tmp_path / "flash.bin", tmp_path / "mount.py"
    path.write_bytes(flash)
    script.write_text(_MOUNT)
    start, size = BOARD["areas"]["data"]
    command = [find_micropython(), "-X", "heapsize=16M", script, path, str(start), str(size)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(result.stdout)
    assert sorted(found["root"]) == ["board.json", "boot.py", "main.py", "qsota.mpy", "qsota.pack"]
    assert found["store"] == ["settings.json"]
    assert found["writes"] == 0


def test_the_root_holds_the_loader_and_the_board_file(flash):
    found = root_files(flash)
    assert found["/boot.py"] == (factory.FIRMWARE / "boot.py").read_bytes()
    assert found["/main.py"] == (factory.FIRMWARE / "main.py").read_bytes()
    assert found["/board.json"] == boards.to_json(BOARD)
    assert set(found) == {"/boot.py", "/main.py", "/board.json", "/qsota.mpy", "/qsota.pack"}


def test_the_files_of_the_root_stay_below_its_end(flash):
    # Mounted with the claimed size, read with nothing behind the root's own blocks.
    end = BOARD["areas"]["root"][1]
    cut = flash[:end] + b"\xa5" * (len(flash) - end)
    assert root_files(cut) == root_files(flash)


def test_on_stm32_the_root_claims_no_more_than_it_has():
    board = copy.deepcopy(BOARD)
    board.update(port="stm32")
    board["flash"]["kind"] = "pyb"
    board["uart"] = {"id": 2, "baud": 115200, "rxbuf": 4096, "receive": "pull"}
    flash = make_flash(board)
    # The superblock: magic at 8, then version, block size and block count from 20 on.
    assert flash[8:16] == b"littlefs"
    _, block_size, block_count = struct.unpack_from("<III", flash, 20)
    assert block_size * block_count == board["areas"]["root"][1]
    assert "/boot.py" in files(area(flash, "root", board), block_count)


def test_the_settings_are_in_the_data_area(flash):
    found = files(area(flash, "data"), 8)
    assert {path: json.loads(content) for path, content in found.items()} == {
        "/settings.json": SETTINGS
    }


def test_without_settings_the_data_area_is_an_empty_file_system():
    assert files(area(make_flash(BOARD), "data"), 8) == {}


def test_the_first_package_is_in_slot_a_and_on_record(flash):
    assert area(flash, "slot_a").rstrip(b"\xff") == FIRST
    found = record.unpack(area(flash, "state"))
    slot = found.slots[0]
    assert (found.seq, found.active, found.floor, found.report) == (1, 0, 3, record_data.NOTHING)
    assert (slot.state, slot.size, slot.version, slot.counter) == (
        record_data.GOOD,
        len(IMAGE),
        "1.0.0",
        3,
    )
    assert slot.sha256 == package.parse(FIRST).image_sha256
    assert found.slots[1].state == record_data.EMPTY


def test_without_a_package_slots_and_state_are_blank():
    flash = make_flash(BOARD, settings=SETTINGS)
    for name in ("state", "slot_a", "slot_b"):
        assert set(area(flash, name)) == {0xFF}


def test_a_package_for_another_board_is_refused():
    other = make_package(IMAGE, boards.load("RPI_PICO"), "MCU", "1.0.0")
    with pytest.raises(UserError, match="the package does not fit VIRTUAL: wrong-board"):
        make_flash(BOARD, other)


def test_a_compressed_package_is_laid_out_as_the_device_would():
    image = bytes(5000)
    data = make_package(image, BOARD, "MCU", "1.0", kind=package.DEFLATE)
    assert len(data) < 1000
    start = BOARD["areas"]["slot_a"][0]
    assert make_flash(BOARD, data)[start:].startswith(data[: package.HEADER_SIZE] + image)


def test_a_damaged_package_is_refused():
    with pytest.raises(UserError, match="the image is damaged: its SHA-256 is"):
        make_flash(BOARD, FIRST[:-1] + b"\x00")
    with pytest.raises(UserError, match="wrong-length"):
        make_flash(BOARD, FIRST[:-1])
    with pytest.raises(UserError, match="wrong-magic"):
        make_flash(BOARD, bytes(1000))


def test_a_root_that_is_too_small_for_the_library():
    board = copy.deepcopy(BOARD)
    board["areas"]["root"] = [0, 16384]
    with pytest.raises(UserError, match=r"areas.root: no room for qsota.pack in 16384 bytes"):
        make_flash(board)


def test_settings_that_do_not_fit():
    with pytest.raises(UserError, match="areas.data: no room for settings.json in 32768 bytes"):
        make_flash(BOARD, settings={"pk": "x" * 40000})


def run_factory(tmp_path, *options):
    output = tmp_path / "flash.bin"
    return cli.main(["factory", "--board", "VIRTUAL", "-o", str(output), *options]), output


def test_the_command_writes_the_same_image(flash, tmp_path, capsys):
    (tmp_path / "first.bin").write_bytes(FIRST)
    (tmp_path / "settings.json").write_text(json.dumps(SETTINGS))
    code, output = run_factory(
        tmp_path,
        *("--package", str(tmp_path / "first.bin")),
        *("--settings", str(tmp_path / "settings.json")),
    )
    assert code == 0
    assert output.read_bytes() == flash
    assert "925696 bytes for Virtual board" in capsys.readouterr().out


def test_the_command_needs_neither_package_nor_settings(tmp_path):
    code, output = run_factory(tmp_path)
    assert code == 0
    assert output.read_bytes() == make_flash(BOARD)


@pytest.mark.parametrize(
    ("text", "error"), [("{", "settings.json: "), ("[1]", "must hold a JSON object")]
)
def test_the_command_refuses_settings_that_are_no_object(tmp_path, capsys, text, error):
    (tmp_path / "settings.json").write_text(text)
    code, output = run_factory(tmp_path, "--settings", str(tmp_path / "settings.json"))
    assert code == 1
    assert error in capsys.readouterr().err
    assert not output.exists()
