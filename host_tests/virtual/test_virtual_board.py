"""The virtual board: its edges behave as an RP2040's do, and it survives what a board survives."""

import os
import socket
import time

import pytest
import serial
from virtual_storage import BOARD, CUT_MAIN, ERASE, FREE, SIZE, STATE, boot_record, storage

from qsota_tools import boards
from qsota_tools.common.errors import UserError
from qsota_tools.virtual.board_events import BoardFault
from qsota_tools.virtual.uart_bridge import Pace
from qsota_tools.virtual.virtual_board import VirtualBoard


@pytest.fixture
def power(tmp_path):
    """power(boot, main, cut, port=..., timing=...) starts a board that stops after the test."""
    running = []

    def start(boot="", main="", cut=None, **options):
        flash = tmp_path / "flash.bin"
        if not flash.exists():
            flash.write_bytes(storage(boot, main))
        board = VirtualBoard(BOARD, flash, **options)
        running.append(board)
        if cut:
            board.cut_at(*cut)
        board.start()
        return board

    yield start
    for board in running:
        board.stop()


@pytest.fixture
def uart(tmp_path):
    """The name of a pty port, and a function that opens its other side."""
    path = tmp_path / "uart"
    peers = []

    def connect():
        peers.append(serial.Serial(str(path), 115200, timeout=2))
        return peers[-1]

    yield f"pty:{path}", connect
    for peer in peers:
        peer.close()


def logged(board, text):
    return board.wait_for("log", text=text)


# Boot, as ports/rp2/main.c


def test_boot_py_and_main_py_run_in_one_namespace_on_the_stock_path(power):
    board = power(boot="import sys; x = 5", main="print(x, sys.path, sys.argv)")
    assert board.wait_for("boot")["cause"] == "power-on"
    logged(board, "5 ['', '.frozen', '/lib'] []")
    board.wait_for("repl")


def test_an_exception_in_boot_py_is_printed_and_main_py_does_not_run(power):
    board = power(boot="1 / 0", main="print('main')")
    logged(board, "ZeroDivisionError: divide by zero")
    board.wait_for("repl")
    assert not [event for event in board.events if event.get("text") == "main"]


def test_mounting_the_grown_root_writes_nothing(power):
    board = power(main="print('up')")
    board.wait_for("repl")
    assert board.flash_ops == 0
    assert board.flash.read_bytes() == storage(main="print('up')")


def test_every_rp2_board_can_be_virtual(tmp_path):
    pico = boards.load("RPI_PICO")
    flash = tmp_path / "flash.bin"
    flash.write_bytes(storage(main="import rp2; print(rp2.Flash().ioctl(4, 0))", board=pico))
    with VirtualBoard(pico, flash) as board:
        logged(board, "352")


def test_a_storage_that_does_not_mount_is_formatted_as_stock_does(power, tmp_path):
    (tmp_path / "flash.bin").write_bytes(b"\xff" * SIZE)
    board = power()
    board.wait_for("repl")
    assert board.flash.read_bytes()[8:16] == b"littlefs"


def test_files_and_raw_flash_persist_over_a_reset(power):
    main = f"""
import machine, os, rp2
area = rp2.Flash(start={FREE}, len=4096)
if machine.reset_cause() == machine.PWRON_RESET:
    area.writeblocks(0, b"kept" * 64, 0)
    os.mkdir("/made")
    machine.reset()
print(machine.reset_cause(), bytes(memoryview(area)[:4]), os.listdir("/"))
"""
    board = power(main=main)
    board.wait_for("reset")
    assert board.wait_for("boot")["cause"] == "reset"
    logged(board, "3 b'kept' ['boot.py', 'made', 'main.py']")


def test_no_handler_of_the_program_can_stop_a_reset(power):
    main = """
import machine
if machine.reset_cause() == 1:
    try:
        machine.reset()
    except BaseException:
        print("caught")
    finally:
        print("finally")
print("again")
"""
    board = power(main=main)
    logged(board, "again")
    assert not [e for e in board.events if e.get("text") in ("caught", "finally")]


def test_soft_reset_runs_the_scripts_again_and_keeps_the_cause(power):
    main = f"""
import machine, rp2
area = rp2.Flash(start={FREE}, len=4096)
if memoryview(area)[0] == 255:
    area.writeblocks(0, bytes(256), 0)
    machine.soft_reset()
print("cause", machine.reset_cause())
"""
    board = power(main=main)
    assert board.wait_for("boot", cause="soft-reset")
    logged(board, "cause 1")


def test_power_cycle(power):
    board = power(main="print('up')\nwhile True: pass")
    logged(board, "up")
    board.power_cycle()
    assert board.wait_for("power_on")
    logged(board, "up")


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


# Watchdog


def test_a_watchdog_that_is_not_fed_bites(power):
    main = """
import machine
if machine.reset_cause() == machine.PWRON_RESET:
    wdt = machine.WDT(timeout=100)
    while True:
        pass
print("cause", machine.reset_cause())
"""
    board = power(main=main)
    bite = board.wait_for("wdt")
    assert board.wait_for("boot")["cause"] == "watchdog"
    logged(board, "cause 3")
    assert bite["t"] >= 0.1


def test_a_fed_watchdog_stays_quiet_and_bites_a_program_that_has_ended(power):
    main = """
import machine, time
if machine.reset_cause() == 1:
    wdt = machine.WDT(timeout=400)
    for i in range(10):
        time.sleep_ms(50)
        wdt.feed()
    print("fed")
"""
    board = power(main=main)
    logged(board, "fed")
    board.wait_for("repl")
    board.wait_for("wdt")


def test_the_watchdog_has_the_limits_of_the_chip(power):
    main = """
import machine
for options in ({"timeout": 8389}, {"timeout": 0}, {"id": 1}):
    try:
        machine.WDT(**options)
    except ValueError:
        print("refused")
"""
    board = power(main=main)
    for _ in range(3):
        logged(board, "refused")


# UART

ECHO = """
import machine, time
uart = machine.UART(0, 115200, tx=0, rx=1, rxbuf=4096)
print("ready")
while True:
    data = uart.read()
    while data:
        n = uart.write(data) or 0
        data = data[n:]
    time.sleep_ms(1)
"""


def test_bytes_go_round_through_a_pty_unchanged(power, uart):
    port, connect = uart
    board = power(main=ECHO, port=port)
    peer = connect()
    logged(board, "ready")
    block = bytes(range(256)) * 12
    for _ in range(5):
        peer.write(block)
        assert peer.read(len(block)) == block


def test_the_first_answer_does_not_wait_for_a_tick(power, uart):
    port, connect = uart
    board = power(main=ECHO, port=port)
    peer = connect()
    logged(board, "ready")
    start = time.monotonic()
    for _ in range(20):
        peer.write(b"AT\r")
        assert peer.read(3) == b"AT\r"
    assert (time.monotonic() - start) / 20 < 0.04


def test_a_peer_on_tcp_may_go_away_and_come_back(power):
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        board = power(main=ECHO, port=f"socket://127.0.0.1:{number}")
        logged(board, "ready")
        for _ in range(2):
            peer, _ = server.accept()
            with peer:
                peer.sendall(b"hello")
                assert peer.recv(5, socket.MSG_WAITALL) == b"hello"
            assert board.wait_for("uart", connected=False)
            assert board.wait_for("uart", connected=True)


def test_a_device_is_opened_raw_and_may_go_away(power):
    master, slave = os.openpty()
    board = power(main=ECHO, port=os.ttyname(slave))
    os.close(slave)
    logged(board, "ready")
    os.write(master, b"\x03\x04\r\n")
    assert os.read(master, 100) == b"\x03\x04\r\n"
    os.close(master)
    assert board.wait_for("uart", connected=False)


def test_an_overflowing_ring_drops_the_newest_bytes(power, uart):
    port, connect = uart
    main = """
import machine, time
uart = machine.UART(0, 115200)
print("ready")
time.sleep_ms(300)
data = uart.read()
print(len(data), data[0], data[-1])
"""
    board = power(main=main, port=port)
    peer = connect()
    logged(board, "ready")
    peer.write(b"a" * 200 + b"b" * 100)
    logged(board, f"256 {ord('a')} {ord('b')}")


BLIND = f"""
import machine, rp2, time
uart = machine.UART(0, 115200, rxbuf=4096, flow=FLOW)
area = rp2.Flash(start={FREE}, len=4096)
print("ready")
while not uart.any():
    pass
for _ in range(4):
    area.ioctl(6, 0)
time.sleep_ms(700)
print("got", uart.any())
"""
SENT = 3000  # bytes: 260 ms at 115200 baud


def received(board):
    text = board.wait_for("log")["text"]
    return int(text.split()[1])


def test_an_erase_loses_what_the_fifo_does_not_hold(power, uart):
    port, connect = uart
    board = power(main=BLIND.replace("FLOW", "0"), port=port, timing="real")
    peer = connect()
    logged(board, "ready")
    peer.write(bytes(SENT))
    # In 45 ms 518 bytes come, of which 32 survive; a busy host makes it more or fewer erases.
    assert 32 <= received(board) < SENT - 400


def test_rts_holds_the_sender_during_an_erase(power, uart):
    port, connect = uart
    board = power(main=BLIND.replace("FLOW", "machine.UART.RTS"), port=port, timing="real")
    peer = connect()
    logged(board, "ready")
    peer.write(bytes(SENT))
    assert received(board) == SENT


def test_without_timing_an_erase_loses_nothing(power, uart):
    port, connect = uart
    board = power(main=BLIND.replace("FLOW", "0"), port=port)
    peer = connect()
    logged(board, "ready")
    peer.write(bytes(SENT))
    assert received(board) == SENT


def test_asyncio_reads_the_uart_as_a_stream(power, uart):
    port, connect = uart
    main = """
import asyncio, machine
async def main():
    stream = asyncio.StreamReader(machine.UART(0, timeout=0))
    print("ready")
    print(await stream.readline())
asyncio.run(main())
"""
    board = power(main=main, port=port)
    peer = connect()
    logged(board, "ready")
    peer.write(b"+QIOTEVT: 1,10200\r\n")
    assert "+QIOTEVT" in board.wait_for("log")["text"]


def test_an_accepted_version_report_is_an_event(power, uart):
    port, connect = uart
    main = """
import machine
uart = machine.UART(0)
print("ready")
def command(line):
    uart.write(line + b"\\r")
    while not uart.any():
        pass
    uart.read()
command(b'AT+QIOTMCUVER="MCU","1_0_0"')
command(b'AT+QIOTMCUVER="MCU","2_0_0"')
"""
    board = power(main=main, port=port)
    peer = connect()
    logged(board, "ready")
    for answer in (b"\r\nERROR\r\n", b"\r\nOK\r\n"):
        peer.read_until(b"\r")
        peer.write(answer)
    report = board.wait_for("report")
    assert (report["component"], report["version"]) == ("MCU", "2_0_0")


def test_a_paced_wire_passes_no_more_than_its_baud_rate():
    pace = Pace(115200)
    pace.wire_idle()
    start = time.monotonic()
    passed = 0
    while passed < 500:
        count = pace.allowance(500 - passed)
        pace.passed(count)
        passed += count
    assert time.monotonic() - start > 0.04


# Supervisor


def test_a_flash_file_of_the_wrong_size_is_refused(tmp_path):
    flash = tmp_path / "flash.bin"
    flash.write_bytes(bytes(100))
    with pytest.raises(UserError, match="has 100 bytes, the flash of VIRTUAL has"):
        VirtualBoard(BOARD, flash).start()


def test_a_board_with_two_flashes_needs_two_files(tmp_path):
    with pytest.raises(UserError, match="a file for the storage belongs to"):
        VirtualBoard(boards.load("PYBV11_W25Q128"), tmp_path / "flash.bin").start()


def test_waiting_in_vain_is_a_timeout(power):
    board = power(main="print('up')")
    with pytest.raises(TimeoutError, match=r"no reset in 0.1 s"):
        board.wait_for("reset", timeout=0.1)


def test_a_port_that_does_not_exist_is_refused(power, tmp_path):
    with pytest.raises(UserError, match="cannot open .*nothing: No such file"):
        power(port=str(tmp_path / "nothing"))


def test_a_pty_path_is_gone_after_the_end(power, uart, tmp_path):
    port, _ = uart
    board = power(main="print('up')", port=port)
    logged(board, "up")
    assert (tmp_path / "uart").is_symlink()
    board.stop()
    assert not (tmp_path / "uart").is_symlink()


def test_a_vm_that_breaks_down_is_a_fault(power):
    board = power(main="print('up')\nimport supply\nsupply.settings = supply._control.close()")
    with pytest.raises(BoardFault, match="ended by itself"):
        board.wait_for("repl")
