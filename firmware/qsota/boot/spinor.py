# A W25Qxx, or any SPI NOR chip with its commands, as block devices of 4 KB blocks.
import errno
from struct import pack_into
from time import sleep_ms, ticks_diff, ticks_ms

from micropython import const

_BLOCK = const(4096)
_PAGE = const(256)
_BUSY = const(1)
_WRITE_ENABLED = const(2)
_TIMEOUT_MS = const(1000)  # the slowest operation is a sector erase: 400 ms

_STATUS, _ENABLE_WRITE, _IDENTIFY = b"\x05", b"\x06", b"\x9f"
_ENABLE_RESET, _RESET = b"\x66", b"\x99"
# With three and with four bytes of address. No command switches the chip to four: if its supply
# failed for a moment it would take three again, and erase somewhere else.
_READ = (0x03, 0x13)
_PROGRAM = (0x02, 0x12)
_ERASE = (0x20, 0x21)


def open_chip(id, baud, cs, **pins):
    """The Chip on that SPI, with its select input at the pin cs; pins: sck, mosi and miso where
    the firmware does not fix them. OSError as Chip raises it."""
    from machine import SPI, Pin

    options = {"baudrate": baud, "polarity": 0, "phase": 0}
    for name, pin in pins.items():
        options[name] = Pin(pin)
    return Chip(SPI(id, **options), Pin(cs, Pin.OUT, value=1))


class Chip:
    """The chip on a machine.SPI whose select input is the output pin cs; size: bytes, from its id.

    Raises OSError: ENODEV (no chip), ETIMEDOUT, EIO (it does not take a program or an erase).
    """

    def __init__(self, spi, cs):
        self._spi = spi
        self._select = cs
        self._buf = memoryview(bytearray(5))
        self._byte = memoryview(bytearray(1))
        cs(1)
        self._wait()  # a reset of the MCU does not end an erase
        self._send(_ENABLE_RESET)
        self._send(_RESET)
        sleep_ms(1)
        self.size = self._identify()
        self._wide = self.size > 1 << 24

    def read(self, address, buf):
        self._send(self._command(_READ, address), None, buf)

    def program(self, address, buf):
        data = memoryview(buf)
        while data:
            # After the end of a page the chip goes on at its start.
            piece = data[: _PAGE - address % _PAGE]
            self._change(self._command(_PROGRAM, address), piece)
            address += len(piece)
            data = data[len(piece) :]

    def erase(self, address):
        """Erase the 4 KB that begin at address."""
        self._change(self._command(_ERASE, address))

    def _identify(self):
        self._send(_IDENTIFY, None, self._buf[:3])
        maker, capacity = self._buf[0], self._buf[2]
        if 0x20 <= capacity <= 0x22:  # from 64 MB on some makers skip 0x1A to 0x1F
            capacity -= 6
        if maker in (0, 0xFF) or not 16 <= capacity <= 28:
            raise OSError(errno.ENODEV)
        return 1 << capacity

    def _command(self, opcodes, address):
        pack_into(">BI", self._buf, 0, opcodes[self._wide], address)
        if self._wide:
            return self._buf
        self._buf[1] = opcodes[0]  # in place of the highest byte of the address
        return self._buf[1:]

    def _change(self, command, data=None):
        self._send(_ENABLE_WRITE)
        enabled = self._wait() & _WRITE_ENABLED
        self._send(command, data)
        if self._wait() & _WRITE_ENABLED or not enabled:  # a command taken ends the permission
            raise OSError(errno.EIO)

    def _wait(self):
        """Wait until the chip is ready; its status register."""
        start = ticks_ms()
        while True:
            self._send(_STATUS, None, self._byte)
            if not self._byte[0] & _BUSY:
                return self._byte[0]
            if ticks_diff(ticks_ms(), start) > _TIMEOUT_MS:
                raise OSError(errno.ETIMEDOUT)

    def _send(self, command, data=None, into=None):
        self._select(0)
        try:
            self._spi.write(command)
            if data is not None:
                self._spi.write(data)
            if into is not None:
                self._spi.readinto(into)
        finally:
            self._select(1)


class Part:
    """A block device of len bytes from start; ValueError if those are no whole blocks of the chip.

    Extended protocol only: a write never erases. Failures are negative errnos, since an exception
    would unwind through LittleFS's own C code.
    """

    def __init__(self, chip, start, len):
        if start < 0 or len <= 0 or start + len > chip.size or (start | len) % _BLOCK:
            raise ValueError
        self._chip = chip
        self._start = start
        self._len = len

    def readblocks(self, block, buf, offset=0):
        return self._do(self._chip.read, block * _BLOCK + offset, len(buf), buf)

    def writeblocks(self, block, buf, offset):
        return self._do(self._chip.program, block * _BLOCK + offset, len(buf), buf)

    def ioctl(self, op, arg):
        if op == 4:
            return self._len // _BLOCK
        if op == 5:
            return _BLOCK
        return self._do(self._chip.erase, arg * _BLOCK, _BLOCK) if op == 6 else 0

    def _do(self, action, at, size, *buf):
        if at < 0 or at + size > self._len:
            return -errno.EINVAL
        try:
            action(self._start + at, *buf)
        except OSError as error:
            return -error.args[0]
        return 0
