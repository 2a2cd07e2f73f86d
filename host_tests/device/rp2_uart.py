"""An RP2 chip as far as it receives by DMA: UART FIFO and interrupt mask, DMA channels."""

from qsota.resident.uart_dma import DmaUart
from rig import Module
from util import with_modules

_FIFO = 32


class Dma:
    """rp2.DMA: a channel that moves bytes from the FIFO to the ring, in no time, until its end."""

    def __init__(self, chip):
        self._chip = chip
        self.count = 0

    def pack_ctrl(self, **fields):
        return fields

    def config(self, read, write, count, ctrl, trigger):
        self.read, self.ring, self.count, self.ctrl = read, write, count, ctrl
        if trigger:
            self._at = 0
            self._chip.channel = self
            self._chip.move()

    def close(self):
        assert self._chip.channel is self
        self._chip.channel = None

    def take(self, byte):
        self.ring[self._at] = byte
        self._at = (self._at + 1) & ((1 << self.ctrl["ring_size"]) - 1)
        self.count -= 1


class Uart:
    """machine.UART, whose init() sets the receive interrupts."""

    CTS, RTS = 1, 2

    def __init__(self, chip, id, options):
        self._chip = chip
        self._base = chip.bases[id]
        self.sent = b""
        self.init(**options)

    def init(self, **options):
        self.options = options
        self._chip.registers[self._base + 0x38] = 0x7F0

    def write(self, buf):
        self.sent += bytes(buf[:5])
        return min(5, len(buf))


class Chip:
    """address: what uctypes.addressof() says of the memory of the ring."""

    def __init__(self, rp2350=False, address=0x20001234):
        self.bases = (0x40070000, 0x40078000) if rp2350 else (0x40034000, 0x40038000)
        self.registers = {}
        self.channel = None
        self.channels = 0
        self.missed = 0
        self._rp2350 = rp2350
        self._address = address
        self._fifo = b""

    def open(self, id=0, size=256):
        """The DmaUart on this chip."""
        return self.run(DmaUart, self._new_uart(id), id, size, self._rp2350)

    def run(self, fn, *args):
        """Call fn(*args) with this chip's edges in place of the modules."""
        modules = {
            "machine": Module(UART=self._new_uart, Pin=lambda id: id, mem32=self.registers),
            "rp2": Module(DMA=self._new_channel),
            "uctypes": Module(addressof=lambda memory: self._address),
        }
        return with_modules(modules, fn, *args)

    def _new_uart(self, id, **options):
        self.uart = Uart(self, id, options)
        return self.uart

    def _new_channel(self):
        assert self.channel is None, "a second channel reads the same FIFO"
        self.channels += 1
        return Dma(self)

    def receive(self, data):
        """Bytes arrive on the wire."""
        for byte in data:
            if len(self._fifo) < _FIFO:
                self._fifo += bytes([byte])
            else:
                self.missed += 1
            self.move()

    def move(self):
        while self._fifo and self.channel and self.channel.count:
            self.channel.take(self._fifo[0])
            self._fifo = self._fifo[1:]
