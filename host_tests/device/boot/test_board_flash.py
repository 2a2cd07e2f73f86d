# The board file, its areas on each kind of flash, and the root that is mounted there.

import errno
import json
import os

from board_edges import refused
from qsota import log
from qsota.boot import hardware
from qsota.boot.board import Board
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.w25q import W25q
from rig import DATA, ERASE, ROOT, SLOTS, STATE, Module, Rig

FILE = "test_board_file.json"


def load(text):
    with open(FILE, "w") as file:
        file.write(text)
    try:
        return Board.load(FILE)
    finally:
        os.remove(FILE)


# The file


def test_a_board_is_loaded_from_json():
    config = Rig().config
    assert load(json.dumps(config)).config == config


def test_a_missing_or_damaged_file_is_named():
    assert refused(Board.load, "no-such-file.json") == ("no-board-file", "no-such-file.json")
    assert refused(load, '{"name": ') == ("bad-board-file", FILE)


def test_the_values_of_the_file():
    board = Rig().board()
    assert (board.name, board.component) == ("TINY", "MCU")
    assert (board.payload_form, board.chunk, board.register_mode) == ("auto", 1024, 1)
    assert (board.trial_attempts, board.trial_deadline_ms) == (3, 300000)
    assert board.slot_size == SLOTS[0][1]
    assert board.get("trial.watchdog_ms") == 8000


def test_a_default_makes_a_value_optional_but_not_its_type():
    board = Board({"module": {"register": 2}})
    assert board.register_mode == 2
    assert board.get("no.such", str, "x") == "x"
    assert refused(Board({"module": {"register": "2"}}).get, "module.register", int, 1) == (
        "board-field",
        "module.register",
    )


def test_a_missing_value_or_one_of_a_wrong_type_is_named():
    for config in ({}, {"trial": {}}, {"trial": 5}, {"trial": {"attempts": "3"}}, [], None):
        board = Board(config)
        assert refused(lambda b: b.trial_attempts, board) == ("board-field", "trial.attempts")
    assert refused(lambda b: b.name, Board({"name": 1})) == ("board-field", "name")


# Flash


def test_each_area_opens_at_its_place():
    for port in ("rp2", "stm32"):
        rig = Rig(port)
        board = rig.board()
        for name, (start, size) in (
            ("root", ROOT),
            ("data", DATA),
            ("state", STATE),
            ("slot_a", SLOTS[0]),
            ("slot_b", SLOTS[1]),
        ):
            area = rig.run(board.area, name)
            assert (area.size, area.erase_size, area.program_size) == (size, ERASE, 256)
            area.program(0, name.encode() + bytes(256 - len(name)))
            assert rig.flash.content[start : start + len(name)] == name.encode()


def test_slots_go_by_number():
    rig = Rig()
    for index in (0, 1):
        rig.run(rig.board().slot, index).program(256, bytes(256))
        assert rig.flash.content[SLOTS[index][0] + 256] == 0


def test_an_area_that_makes_no_sense_is_named():
    for extent in (None, 5, [], [0], [0, 4096, 1], ["0", 4096], [-4096, 4096], [0, 0]):
        rig = Rig(areas={"slot_a": extent})
        assert refused(rig.run, rig.board().area, "slot_a") == ("board-field", "areas.slot_a")
    rig = Rig(areas={"slot_a": [15 * ERASE, 2 * ERASE]})
    assert refused(rig.run, rig.board().slot, 0) == ("board-field", "areas.slot_a")
    assert refused(rig.run, rig.board().area, "nope") == ("board-field", "areas.nope")


def test_an_area_beyond_what_the_firmware_exposes_is_refused():
    rig = Rig(flash={"size": 20 * ERASE}, areas={"slot_b": [16 * ERASE, ERASE]})
    assert refused(rig.run, rig.board().slot, 1) == ("wrong-area", "65536+4096")


def test_another_kind_of_flash_is_refused():
    rig = Rig(flash={"kind": "nand"})
    assert refused(rig.run, rig.board().area, "state") == ("unsupported-flash", "nand")


def spi_rig(port="rp2", **spi):
    """A rig with a W25Q80 (1 MB) for its slots."""
    rig = Rig(
        port, flash={"kind": "spinor"}, spi=dict({"id": 1, "baud": 20000000, "cs": 9}, **spi)
    )
    rig.spi = rig.pins.outputs[9] = W25q(Clock(), b"\xef\x40\x14")
    return rig


def test_slots_data_and_state_are_on_the_spi_flash_and_root_is_not():
    for port in ("rp2", "stm32"):
        rig = spi_rig(port)
        board = rig.board()
        for name, (start, size) in (("data", DATA), ("state", STATE), ("slot_b", SLOTS[1])):
            area = rig.run(board.area, name)
            assert (area.size, area.map()) == (size, None)
            area.program(0, name.encode() + bytes(256 - len(name)))
            assert bytes(rig.spi.sector(start // ERASE)[: len(name)]) == name.encode()
        assert rig.flash.content == b"\xff" * len(rig.flash.content)
        rig.run(board.storage).writeblocks(0, b"root" + bytes(252), 0)
        assert rig.flash.content[:4] == b"root"


def test_the_spi_flash_is_looked_up_once():
    rig = spi_rig()
    board = rig.board()
    rig.run(board.slot, 0)
    rig.run(board.slot, 1)
    assert rig.spi_options == [(1, {"baudrate": 20000000, "polarity": 0, "phase": 0})]


def test_the_pins_of_an_spi_bus_on_rp2():
    rig = spi_rig(sck=10, mosi=11, miso=8)
    rig.run(rig.board().slot, 0)
    options = rig.spi_options[0][1]
    assert [options[name] for name in ("sck", "mosi", "miso")] == ["GP10", "GP11", "GP8"]


def test_a_board_without_its_spi_flash_is_named():
    rig = spi_rig()
    rig.spi.identity = bytes(3)
    assert refused(rig.run, rig.board().slot, 0) == ("no-spi-flash", errno.ENODEV)


def test_an_area_beyond_the_chip_is_refused():
    rig = spi_rig()
    rig.config["flash"]["size"] = 1 << 24
    rig.config["areas"]["slot_b"] = [1 << 20, ERASE]
    assert refused(rig.run, rig.board().slot, 1) == ("wrong-area", "1048576+4096")


def test_storage_is_what_the_port_mounted():
    rig = Rig()
    assert rig.run(rig.board().storage) is rig.flash
    rig = Rig("stm32")
    assert rig.run(rig.board().storage).ioctl(4, 0) * ERASE == ROOT[1]


def test_the_root_is_mounted_again_behind_a_guard():
    rig = Rig()
    rig.run(rig.board().seal_root)
    (kind, device, progsize), readonly = rig.vfs.mounts["/"]
    assert (kind, progsize, readonly) == ("lfs2", 128, True)
    from qsota.boot.guard import Guard  # the loader's code may have been unloaded before

    assert isinstance(device, Guard) and device.ioctl(6, 0) == -30


def seal_stm32(rig):
    """Seal the root of an stm32; the directories that became the current one."""
    went = []
    before, hardware.os = hardware.os, Module(chdir=went.append)
    try:
        rig.run(rig.board().seal_root)
    finally:
        hardware.os = before
    return went


def test_on_stm32_the_root_stays_the_current_directory():
    rig = Rig("stm32")
    assert seal_stm32(rig) == ["/flash"]
    (kind, device, progsize), readonly = rig.vfs.mounts["/flash"]
    assert device.ioctl(4, 0) * ERASE == ROOT[1] and readonly


def test_the_flash_is_no_usb_drive_on_stm32():
    rig = Rig("stm32")
    seal_stm32(rig)
    assert rig.usb_mode == "VCP"


def test_a_root_that_does_not_mount_stays_as_it_is():
    rig = Rig()
    rig.vfs.broken = True
    log.sink = None
    rig.run(rig.board().seal_root)
    assert rig.vfs.mounts["/"] == "stock"
    assert "root is not sealed" in log.lines()[-1]
