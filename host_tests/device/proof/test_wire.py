from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.wire import Uart


def uart_at(baud=115200, rxbuf=4096):
    clock = Clock()
    return clock, Uart(clock, baud, rxbuf)


def read_all(uart):
    buf = bytearray(uart.any())
    assert uart.readinto(buf) == len(buf)
    return bytes(buf)


def test_bytes_arrive_at_the_baud_rate():
    clock, uart = uart_at(10000)  # one byte per millisecond
    uart.receive(b"abcde")
    assert uart.any() == 0
    clock.advance(2)
    assert uart.any() == 2
    clock.advance(1.5)
    assert read_all(uart) == b"abc"
    clock.advance(10)
    assert read_all(uart) == b"de"


def test_115200_baud_carries_1024_bytes_in_89_ms():
    clock, uart = uart_at()
    uart.receive(bytes(1024))
    clock.advance(88)
    assert uart.any() < 1024
    clock.advance(1)
    assert uart.any() == 1024


def test_a_second_message_waits_for_the_first():
    clock, uart = uart_at(10000)
    uart.receive(b"aaa")
    uart.receive(b"bb")
    clock.advance(4)
    assert read_all(uart) == b"aaab"
    clock.advance(1)
    assert read_all(uart) == b"b"


def test_reading_nothing_returns_none():
    _, uart = uart_at()
    assert uart.readinto(bytearray(4)) is None


def test_a_read_takes_at_most_n_bytes():
    clock, uart = uart_at(10000)
    uart.receive(b"abcd")
    clock.advance(4)
    buf = bytearray(4)
    assert uart.readinto(memoryview(buf), 3) == 3
    assert buf == b"abc\0" and uart.any() == 1


def test_a_full_ring_loses_the_newest_bytes():
    clock, uart = uart_at(10000, 4)
    uart.receive(b"abcdef")
    clock.advance(6)
    assert read_all(uart) == b"abcd"
    assert uart.lost == 2


def test_with_interrupts_off_only_the_fifo_survives():
    clock, uart = uart_at(10000)
    uart.receive(bytes(range(100)))
    clock.advance(10)
    uart.blind(50000)
    clock.advance(50)
    assert uart.any() == 10 + 32
    clock.advance(40)
    assert read_all(uart) == bytes(range(42)) + bytes(range(60, 100))
    assert uart.lost == 18


def test_each_blind_window_has_the_whole_fifo():
    clock, uart = uart_at(10000)
    uart.receive(bytes(100))
    for _ in range(2):
        uart.blind(40000)
        clock.advance(40)
    assert uart.any() == 64 and uart.lost == 16


def test_a_blind_window_that_grows_keeps_one_fifo():
    clock, uart = uart_at(10000)
    uart.receive(bytes(100))
    uart.blind(40000)
    clock.advance(20)
    uart.blind(40000)
    clock.advance(40)
    assert uart.any() == 32 and uart.lost == 28


def test_a_write_reaches_the_peer_when_its_last_byte_does():
    clock, uart = uart_at(10000)
    seen = []
    uart.peer = lambda data: seen.append((clock.now(), data))
    assert uart.write(memoryview(b"AT\r\n")) == 4
    assert uart.write(b"ATE0\r\n") == 6
    clock.advance(20)
    assert seen == [(4, b"AT\r\n"), (10, b"ATE0\r\n")]


def test_a_write_without_a_peer_is_swallowed():
    clock, uart = uart_at()
    assert uart.write(b"AT\r\n") == 4
    clock.advance(10)
    assert uart.any() == 0


def test_filters_change_what_travels():
    clock, uart = uart_at(10000)
    seen = []
    uart.peer = seen.append
    uart.tx.filters.append(lambda data: b"")
    uart.rx.filters.append(lambda data: data.replace(b"b", b""))
    uart.rx.filters.append(lambda data: data.replace(b"ac", b"two"))
    uart.write(b"AT\r\n")
    uart.receive(b"abc")
    clock.advance(20)
    assert seen == [] and read_all(uart) == b"two"
