# The parts of `machine` that an application on the virtual board meets. One UART has a wire to the
# outside, one SPI may have a flash chip; watchdog and reset are the supervisor's business.
import io
import time

from micropython import RingIO
from umachine import idle  # noqa: F401

import supply

PWRON_RESET = 1
WDT_RESET = 3

_RP2 = supply.settings["port"] == "rp2"
_UARTS = (0, 1) if _RP2 else tuple(range(1, 9))
_WDT_MAX_MS = 8388 if _RP2 else 32767
# What the firmware and its host tools write to registers: (address, value) -> what happens.
_WRITES = (
    {(0x4005B000, 1 << 30): "wdt-stop"}  # RP2040; ones that are written here clear bits
    if _RP2
    else {(0x40003000, 0xAAAA): "wdt-feed"}  # the key of an STM32's IWDG
)

_USB_FRAME = 0x50110048

_STREAM_POLL = 3
_POLLIN = 1
_POLLOUT = 4
_wire = open(supply.settings["uart"], "r+b")  # not blocking; bytes come when the bridge has some
_chunk = memoryview(bytearray(512))


def reset():
    supply.halt("reset")


def soft_reset():
    supply.halt("soft-reset")


def reset_cause():
    return supply.settings["cause"]


def unique_id():
    return bytes.fromhex(supply.settings["unique_id"])


def freq(hz=125_000_000):
    return hz


class UART(io.IOBase):
    CTS = 1
    RTS = 2
    INV_TX = 1
    INV_RX = 2

    def __init__(self, id, baudrate=115200, **options):
        if id not in _UARTS:
            raise ValueError("UART(%d) doesn't exist" % id)
        wiring = supply.settings["wiring"] if id == supply.settings["uart_id"] else "open"
        self._wired = wiring == "straight"
        self._looped = wiring == "looped"
        self.init(baudrate, **options)

    def init(
        self,
        baudrate=115200,
        bits=8,
        parity=None,
        stop=1,
        tx=None,
        rx=None,
        rts=None,
        cts=None,
        txbuf=256,
        rxbuf=256,
        timeout=0,
        timeout_char=0,
        invert=0,
        flow=0,
    ):
        if rxbuf > 32766:
            raise ValueError("rxbuf too large")
        self._rxbuf = max(32, rxbuf)
        self._txbuf = txbuf
        self._timeout = timeout
        self._rts = bool(flow & self.RTS)
        self._ring = RingIO(self._rxbuf)
        if not self._wired:
            return
        self._hear_nothing_of_the_past()
        supply.uarts[:] = [self]
        supply.send("uart-open", baud=baudrate)

    def deinit(self):
        if self in supply.uarts:
            supply.uarts.remove(self)

    def _hear_nothing_of_the_past(self):
        while _wire.readinto(_chunk):
            pass

    def drain(self, limit=None):
        """Move what has arrived into the ring: all of it, or the first `limit` bytes of it."""
        if self._rts:
            return self._drain_held()
        while True:
            n = _wire.readinto(_chunk)
            if n is None:
                return
            if n == 0:
                supply.halt("unplugged")
            if limit is not None:
                n = min(n, limit)
                limit -= n
            self._ring.write(_chunk[:n])  # what does not fit is lost without a trace

    def _drain_held(self):
        # RTS holds the sender when the ring is full, even with interrupts off: nothing is lost.
        space = self._rxbuf - self._ring.any()
        while space:
            n = _wire.readinto(_chunk[:space])
            if not n:
                return
            space -= self._ring.write(_chunk[:n])

    def any(self):
        Timer.look()
        if self in supply.uarts:
            self.drain()
        return self._ring.any()

    def _wait(self, wanted):
        start = time.ticks_ms()
        while self.any() < wanted and time.ticks_diff(time.ticks_ms(), start) < self._timeout:
            time.sleep_ms(1)
        return min(wanted, self._ring.any())

    def read(self, n=-1):
        n = self._wait(self._rxbuf if n < 0 else n)
        return self._ring.read(n) if n else None

    def readinto(self, buf, n=None):
        view = memoryview(buf)
        n = self._wait(len(view) if n is None else min(n, len(view)))
        return self._ring.readinto(view[:n]) if n else None

    def readline(self):
        self._wait(self._rxbuf)
        return self._ring.readline() or None

    def write(self, buf):
        # No more than the transmit ring takes at once: callers must loop, as on the real driver.
        view = memoryview(buf)[: self._txbuf]
        if self._looped:
            return self._ring.write(view)
        return _wire.write(view) if self in supply.uarts else len(view)

    def ioctl(self, request, arg):
        if request != _STREAM_POLL:
            return -1
        return (arg & _POLLIN if self.any() else 0) | arg & _POLLOUT


class WDT:
    def __init__(self, id=0, timeout=5000):
        if id != 0:
            raise ValueError("WDT(%d) doesn't exist" % id)
        if not 1 <= timeout <= _WDT_MAX_MS:
            raise ValueError("timeout too large" if timeout > 0 else "timeout too small")
        supply.send("wdt-start", timeout=timeout)

    def feed(self):
        supply.send("wdt-feed")


class _Registers:
    def __getitem__(self, address):
        if _RP2 and address == _USB_FRAME:
            return time.ticks_ms()  # a host is always there
        if address != supply.settings["keeper"]:
            supply.halt("violation", text="read of register %x" % address)
        return supply.settings["kept"]

    def __setitem__(self, address, value):
        if address == supply.settings["keeper"]:
            supply.settings["kept"] = value
            supply.send("kept", value=value)
            return
        event = _WRITES.get((address, value))
        if event is None:
            supply.halt("violation", text="write of %x to register %x" % (value, address))
        supply.send(event)


mem32 = _Registers()


class Timer:
    """Its callback comes when the program looks at a UART, since nothing can interrupt the VM: at
    the REPL none comes."""

    ONE_SHOT = 0
    PERIODIC = 1

    _running = []

    def __init__(self, id=-1, *, period, mode=PERIODIC, callback):
        self._period = period
        self._mode = mode
        self._callback = callback
        self._start()

    def _start(self):
        self._begun = time.ticks_ms()
        self._running.append(self)

    def deinit(self):
        if self in self._running:
            self._running.remove(self)

    @classmethod
    def look(cls):
        for timer in cls._running[:]:
            if time.ticks_diff(time.ticks_ms(), timer._begun) >= timer._period:
                timer.deinit()
                if timer._mode == cls.PERIODIC:
                    timer._start()
                timer._callback(timer)


class Pin:
    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2

    def __init__(self, id, mode=IN, pull=None, value=0):
        self._value = 1 if pull == self.PULL_UP else value  # nothing is wired to it but:
        if mode == self.IN and id == supply.settings["high"]:
            self._value = 1
        self._selects = _spi_chip if _spi_chip and id == supply.settings["spi"]["cs"] else None

    def value(self, value=None):
        if value is None:
            return self._value
        self._value = 1 if value else 0
        if self._selects:
            self._selects(self._value)

    __call__ = value

    def on(self):
        self._value = 1

    def off(self):
        self._value = 0

    def toggle(self):
        self._value ^= 1


if "spi" in supply.settings:
    import spi_chip

    _spi_chip = spi_chip.chip
else:
    _spi_chip = None


class SPI:
    """The bus with the flash chip, or one where nothing answers."""

    def __init__(self, id, baudrate=500000, *, polarity=0, phase=0, **pins):
        if pins and not _RP2:
            raise ValueError("explicit choice of sck/mosi/miso is not implemented")
        wired = _spi_chip and id == supply.settings["spi"]["id"]
        self._chip = _spi_chip if wired and not polarity and not phase else None

    def write(self, data):
        if self._chip and self._chip.selected:
            self._chip.write(data)

    def readinto(self, buf):
        if self._chip and self._chip.selected:
            self._chip.readinto(buf)
        else:
            memoryview(buf)[:] = b"\xff" * len(buf)


class ADC:
    CORE_TEMP = 4

    def __init__(self, id):
        pass

    def read_u16(self):
        return 14016  # 27 degrees on the sensor in the chip: 0.706 V of 3.3 V
