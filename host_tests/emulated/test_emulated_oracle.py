"""When an emulated Pico counts as well: needs neither the emulator nor a firmware."""

import pytest

from qsota.boot import record, record_data
from qsota_tools import boards
from qsota_tools.emulated.oracle import judge, read_record
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package
from qsota_tools.provision.factory import make_flash

BOARD = boards.load("RPI_PICO")


def application(tmp_path, version):
    folder = tmp_path / version
    folder.mkdir()
    (folder / "main.py").write_text(f"print({version!r})")
    return make_package(build_image(folder), BOARD, "MCU", version)


def with_record(storage, change):
    """The storage with one more boot record."""
    state = read_record(storage, BOARD)
    change(state)
    state.seq += 1
    start = BOARD["areas"]["state"][0]
    changed = bytearray(storage)
    record.pack_into(state, memoryview(changed)[start + record.RECORD_SIZE :])
    return bytes(changed)


@pytest.fixture
def device(tmp_path):
    """(the storage of a good device, the packages it may run)"""
    approved = [application(tmp_path, "1_0_0"), application(tmp_path, "2_0_0")]
    return make_flash(BOARD, approved[0]), approved


def test_a_good_device_has_no_problems(device):
    found = judge(device[0], BOARD, device[1], "1_0_0")
    assert (found.running, found.problems) == ("1_0_0", [])


def test_one_wrong_byte_of_the_image_is_seen(device):
    storage = bytearray(device[0])
    storage[BOARD["areas"]["slot_a"][0] + 800] ^= 1
    assert judge(bytes(storage), BOARD, device[1], "1_0_0").problems == [
        "the slot does not hold an approved 1_0_0"
    ]


def test_a_whole_image_that_nobody_approved_is_seen(device):
    assert judge(device[0], BOARD, device[1][1:], "1_0_0").problems == [
        "the slot does not hold an approved 1_0_0"
    ]


def test_another_image_under_an_approved_name_is_seen(device, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "main.py").write_text("print('other')")
    other = make_package(build_image(folder), BOARD, "MCU", "1_0_0")
    assert judge(device[0], BOARD, [other], "1_0_0").problems == [
        "the slot does not hold an approved 1_0_0"
    ]


def test_a_hash_in_the_record_that_is_not_the_images_is_seen(device):
    def forget(state):
        state.slots[0].sha256 = bytes(32)

    assert judge(with_record(device[0], forget), BOARD, device[1], "1_0_0").problems == [
        "the slot does not hold an approved 1_0_0"
    ]


def test_a_version_on_trial_is_not_enough(device):
    def begin_trial(state):
        state.slots[0].state = record_data.TRIAL
        state.slots[0].attempts = 3

    assert judge(with_record(device[0], begin_trial), BOARD, device[1], "1_0_0").problems == [
        "1_0_0 is trial, not confirmed"
    ]


def test_a_device_without_an_image_is_not_well(device):
    found = judge(make_flash(BOARD), BOARD, device[1], None)
    assert found.problems[0] == "nothing is empty, not confirmed"


def test_what_the_cloud_knows_and_was_not_told_is_compared(device):
    def owe_report(state):
        state.report = record_data.REPORT_OLD

    assert judge(with_record(device[0], owe_report), BOARD, device[1], "2_0_0").problems == [
        "a report is pending",
        "1_0_0 runs, the cloud knows 2_0_0",
    ]
