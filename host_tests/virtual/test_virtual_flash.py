"""The flash of the virtual board: its rules, and power cuts in the middle of its operations."""

import pytest
from virtual_storage import CUT_MAIN, ERASE, FREE, STATE, boot_record, logged, storage

from qsota_tools.virtual.board_events import BoardFault

# Flash


def test_a_view_of_the_flash_shows_every_write_and_is_read_only(power):
    main = f"""
import rp2
area, whole = rp2.Flash(start={FREE}, len=8192), rp2.Flash()
view = memoryview(area)
block = {FREE // ERASE}
whole.writeblocks(block, b"A" * 4096)
print(view[0], view[4095], view[4096], len(view))
whole.ioctl(6, block)
print(view[0], area.ioctl(4, 0), area.ioctl(5, 0), area.ioctl(3, 0))
try:
    view[0] = 1
except TypeError:
    print("read-only")
"""
    board = power(main=main)
    logged(board, "65 65 255 8192")
    logged(board, "255 2 4096 0")
    logged(board, "read-only")


@pytest.mark.parametrize("window", ["start=100", "len=100", "start=-4096", f"start={1 << 24}"])
def test_a_window_that_does_not_fit_is_a_value_error(power, window):
    main = f"""
import rp2
try:
    rp2.Flash({window})
except ValueError:
    print("refused")
"""
    logged(power(main=main), "refused")


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("area.readblocks(-1000, bytearray(4))", "outside the storage"),
        ("area.ioctl(6, 1000)", "outside the storage"),
        ("area.writeblocks(-1000, bytes(256), 0)", "outside the storage"),
        ("area.writeblocks(0, bytes(256), 16)", "misaligned"),
        ("area.writeblocks(0, bytes(200), 0)", "misaligned"),
        ("area.writeblocks(0, bytes(256))", "misaligned"),
        ("area.writeblocks(0, memoryview(area)[256:512], 0)", "the source is in flash"),
        ("area.writeblocks(0, bytes(256), 0); area.writeblocks(0, bytes(256), 0)", "not erased"),
    ],
)
def test_what_would_destroy_a_board_stops_it(power, call, reason):
    main = f"""
import rp2
area = rp2.Flash(start={FREE}, len=4096)
try:
    {call}
except BaseException:
    pass
print("went on")
"""
    board = power(main=main)
    with pytest.raises(BoardFault, match=reason):
        logged(board, "went on")


def test_a_new_boot_record_is_an_event(power, tmp_path):
    main = f"""
import rp2
area = rp2.Flash(start={STATE}, len=8192)
staged = bytearray(512)
rp2.Flash(start={FREE}, len=4096).readblocks(0, staged)
if memoryview(area)[0] == 255:
    area.writeblocks(0, staged, 0)
"""
    flash = bytearray(storage(main=main))
    flash[FREE : FREE + 512] = boot_record("1_0_0")
    (tmp_path / "flash.bin").write_bytes(flash)
    board = power()
    assert board.wait_for("record")["seq"] == 0
    event = board.wait_for("record")
    assert (event["seq"], event["active"]) == (1, 0)
    assert (event["states"], event["versions"]) == (["good", "empty"], ["1_0_0", ""])


# Power cuts


@pytest.mark.parametrize(
    ("how", "written"),
    [("before", b""), ("torn", b"b" * 256), ("after", b"b" * 512)],
)
def test_a_power_cut_ends_a_flash_operation_where_it_was_ordered(power, how, written):
    board = power(main=CUT_MAIN, cut=(2, how))
    assert board.wait_for("cut")["op"] == 2
    assert board.wait_for("boot")["cause"] == "power-on"
    logged(board, "cause 1")
    page = board.flash.read_bytes()[FREE + ERASE : FREE + ERASE + 512]
    assert page == written.ljust(512, b"\xff")


def test_a_torn_erase_leaves_the_second_half(power):
    main = f"""
import rp2, time
area = rp2.Flash(start={FREE}, len=4096)
if memoryview(area)[4095] == 255:
    area.writeblocks(0, bytes(4096))
    area.ioctl(6, 0)
print("up")
"""
    board = power(main=main, cut=(3, "torn"))
    board.wait_for("cut", op=3)
    logged(board, "up")
    assert board.flash.read_bytes()[FREE : FREE + ERASE] == b"\xff" * 2048 + bytes(2048)
