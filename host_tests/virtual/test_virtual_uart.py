"""The UART of the virtual board: a pty, a socket or a device, paced, and deaf during an erase."""

import os
import socket
import time

import pytest
import serial
from virtual_storage import FREE, logged

from qsota_tools.virtual.uart_bridge import Pace


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


def test_a_pty_path_is_gone_after_the_end(power, uart, tmp_path):
    port, _ = uart
    board = power(main="print('up')", port=port)
    logged(board, "up")
    assert (tmp_path / "uart").is_symlink()
    board.stop()
    assert not (tmp_path / "uart").is_symlink()
