"""The real firmware, from the factory's storage, on the virtual board."""

import pytest
from virtual_storage import BOARD

from qsota.boot import record, record_data
from qsota.update import package
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package
from qsota_tools.provision.factory import make_flash
from qsota_tools.virtual.virtual_board import VirtualBoard


def packaged(example, version):
    return make_package(build_image(EXAMPLES / example), BOARD, "MCU", version)


def staged(flash, slot, data, state, attempts):
    """The storage with a package in a slot and a newer record that says so."""
    flash = bytearray(flash)
    start = BOARD["areas"]["state"][0]
    rec = record.unpack(flash[start:])
    header = package.parse(data)
    rec.seq += 1
    rec.active = slot
    rec.slots[slot] = record_data.SlotState(
        state, attempts, header.image_size, header.image_sha256, header.version
    )
    record.pack_into(rec, memoryview(flash)[start + record.RECORD_SIZE :])
    area = BOARD["areas"][("slot_a", "slot_b")[slot]][0]
    flash[area : area + len(data)] = data
    return bytes(flash)


@pytest.fixture(scope="module")
def factory_flash():
    return make_flash(BOARD, packaged("sensor_node_1_0_0", "1_0_0"))


@pytest.fixture
def power(tmp_path):
    """power(flash) starts a board on that storage; it stops after the test."""
    running = []

    def start(flash):
        path = tmp_path / "flash.bin"
        path.write_bytes(flash)
        running.append(VirtualBoard(BOARD, path))
        running[-1].start()
        return running[-1]

    yield start
    for board in running:
        board.stop()


def test_a_factory_storage_boots_into_its_application_and_is_not_written(power, factory_flash):
    board = power(factory_flash)
    board.wait_for("log", text="sensor node 1_0_0")
    board.wait_for("log", text="27.1 C")
    assert board.flash_ops == 0
    assert board.flash.read_bytes() == factory_flash


def test_a_factory_storage_without_an_application_boots_into_recovery(power):
    board = power(make_flash(BOARD))
    board.wait_for("log", text="boot: slot None")


def test_an_application_that_confirms_itself_keeps_its_slot(power, factory_flash):
    new = packaged("sensor_node_2_0_0", "2_0_0")
    board = power(staged(factory_flash, 1, new, record_data.TRIAL, attempts=3))
    board.wait_for("log", text="sensor node 2_0_0")
    event = board.wait_for("record", states=["good", "good"])
    assert event["active"] == 1
    board.wait_for("log", text="-1.7 C (-1.7 to -1.7)")
    board.power_cycle()
    board.wait_for("log", text="sensor node 2_0_0")


def test_an_application_that_fails_its_self_test_is_reverted(power, factory_flash):
    broken = packaged("broken_3_0_0", "3_0_0")
    board = power(staged(factory_flash, 1, broken, record_data.TRIAL, attempts=2))
    for _ in range(2):
        board.wait_for("log", text="sensor node 3_0_0")
        board.wait_for("log", text="OSError: the sensor does not answer")
        board.power_cycle()  # sooner than the reset that would follow
    event = board.wait_for("record", states=["good", "bad"])
    assert event["active"] == 0
    board.wait_for("log", text="sensor node 1_0_0")
