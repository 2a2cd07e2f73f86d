from rp2_uart import Chip
from util import pattern


def take(chip, uart, limit=100000):
    """All that can be read, as read in pieces of 100."""
    buf = memoryview(bytearray(100))
    data = b""
    while len(data) < limit:
        n = chip.run(uart.readinto, buf)
        if n is None:
            break
        data += bytes(buf[:n])
    return data


def test_what_arrives_is_read_in_order():
    chip = Chip()
    uart = chip.open()
    assert uart.any() == 0 and uart.readinto(bytearray(4)) is None
    chip.receive(b"hello")
    assert uart.any() == 5
    buf = bytearray(8)
    assert (uart.readinto(buf, 2), bytes(buf[:2])) == (2, b"he")
    assert (uart.readinto(buf), bytes(buf[:3])) == (3, b"llo")
    assert uart.readinto(buf) is None


def test_the_ring_wraps_around():
    chip = Chip()
    uart = chip.open(size=256)
    for i in range(20):
        chip.receive(pattern(150, i))
        assert take(chip, uart) == pattern(150, i)
    assert uart.lost == 0


def test_a_full_ring_is_read_whole():
    chip = Chip()
    uart = chip.open(size=256)
    chip.receive(b"x" * 100)
    take(chip, uart)
    chip.receive(pattern(256))
    assert uart.any() == 256
    assert take(chip, uart) == pattern(256)


def test_what_was_overwritten_is_dropped_and_counted():
    chip = Chip()
    uart = chip.open(size=256)
    chip.receive(pattern(257))
    assert uart.any() == 0
    assert uart.lost == 257
    chip.receive(b"next")
    assert take(chip, uart) == b"next"


def test_bytes_that_are_overwritten_while_they_are_copied_are_not_given():
    chip = Chip()
    uart = chip.open(size=256)
    chip.receive(pattern(256))

    class Slow:
        """A buffer; a byte arrives after each part that is copied into it."""

        def __len__(self):
            return 256

        def __setitem__(self, index, value):
            chip.receive(b"!")

    buf = Slow()
    assert uart.readinto(buf) is None
    assert uart.lost == 258


def test_the_interrupt_leaves_the_fifo_to_the_dma():
    for id in (0, 1):
        chip = Chip()
        chip.open(id)
        assert chip.registers == {chip.bases[id] + 0x38: 0x7F0 & ~0x50}


def test_addresses_and_requests_of_both_chips():
    for rp2350, dreqs in ((False, (21, 23)), (True, (29, 31))):
        for id in (0, 1):
            chip = Chip(rp2350)
            chip.open(id, size=1024)
            assert chip.channel.read == chip.bases[id]
            assert chip.channel.ctrl == {
                "size": 0,
                "inc_read": False,
                "ring_size": 10,
                "ring_sel": True,
                "treq_sel": dreqs[id],
            }


def test_the_count_fits_both_chips():
    chip = Chip()
    chip.open()
    assert chip.channel.count < 1 << 28


def test_the_ring_is_aligned_to_its_size():
    for address in (0x20001000, 0x20001010, 0x200010F0):
        chip = Chip(address=address)
        uart = chip.open(size=256)
        start = -address % 256
        chip.receive(b"first")
        assert uart._memory[start : start + 5] == b"first"
        assert len(chip.channel.ring) == 256


def wear(chip, uart, left):
    """Let the channel have received more whole rings, read at once, until left bytes are left."""
    used = chip.channel.count - left
    chip.channel.count -= used
    uart._taken += used


def test_the_channel_is_started_again_long_before_its_count_runs_out():
    chip = Chip()
    uart = chip.open()
    full = chip.channel.count
    wear(chip, uart, full // 2 + 256)
    assert chip.run(uart.any) == 0 and chip.channels == 1
    chip.receive(b"abc")
    wear(chip, uart, full // 2 - 3)
    assert chip.run(uart.any) == 3 and chip.channels == 1  # not while something can be read
    assert take(chip, uart) == b"abc"
    assert chip.channels == 2 and chip.channel.count == full
    chip.receive(b"def")
    assert take(chip, uart) == b"def"
    assert uart.lost == 0 and chip.missed == 0


def test_what_comes_while_the_channel_is_changed_waits_in_the_fifo():
    chip = Chip()
    uart = chip.open()
    wear(chip, uart, chip.channel.count // 2)
    close = chip.channel.close

    def close_and_hear():
        close()
        chip.receive(b"between")

    chip.channel.close = close_and_hear
    assert chip.run(uart.any) == 0
    assert take(chip, uart) == b"between"
    assert chip.missed == 0


def test_a_new_rate_starts_with_an_empty_ring_and_the_interrupt_masked():
    chip = Chip()
    uart = chip.open()
    chip.receive(b"garbage")
    chip.run(lambda: uart.init(baudrate=921600, rxbuf=64))
    assert chip.uart.options == {"baudrate": 921600, "rxbuf": 64}
    assert uart.any() == 0
    assert chip.registers[chip.bases[0] + 0x38] & 0x50 == 0
    chip.receive(b"clear")
    assert take(chip, uart) == b"clear"


def test_writing_goes_to_the_uart():
    chip = Chip()
    uart = chip.open()
    assert uart.write(b"AT+CSQ\r\n") == 5
    assert chip.uart.sent == b"AT+CS"
