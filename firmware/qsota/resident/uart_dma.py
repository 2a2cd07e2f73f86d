# Receiving by DMA on RP2040 and RP2350: nothing is lost while flash is erased or programmed.
from micropython import const

# Registers of UART0, distance to those of UART1, DREQ of UART0's receiver (UART1's: two more).
_RP2040 = (0x40034000, 0x4000, 21)
_RP2350 = (0x40070000, 0x8000, 29)
_INTERRUPT_MASK = const(0x38)  # UARTIMSC
_RX_INTERRUPTS = const(0x50)  # RXIM and RTIM

_COUNT = const(1 << 27)  # bytes until the channel stops; the RP2350 counts 28 bits
_LOW = const(1 << 26)


class DmaUart:
    """UART number id: its transmitter as the machine.UART uart, its receiver through a DMA ring.

    size: of the ring in bytes, a power of two up to 32768. It reads as a machine.UART with timeout
    0 does; `lost` counts bytes that were not read before the ring was full, and went with it.
    """

    def __init__(self, uart, id, size, rp2350):
        import uctypes

        base, distance, dreq = _RP2350 if rp2350 else _RP2040
        self.lost = 0
        self._uart = uart
        self._base = base + id * distance
        self._dreq = dreq + id * 2
        self._size = size
        # The DMA wraps by not changing high address bits, so the ring is aligned to its size.
        self._memory = bytearray(2 * size)
        start = -uctypes.addressof(self._memory) & (size - 1)
        self._ring = memoryview(self._memory)[start : start + size]
        self._dma = None
        self._taken = 0
        self._arm()

    def init(self, **options):
        """As machine.UART.init(); what was received before is dropped."""
        self._uart.init(**options)
        self._arm()

    def any(self):
        """Bytes that can be read."""
        received = _COUNT - self._dma.count
        waiting = received - self._taken
        if waiting > self._size:
            self.lost += waiting
            self._taken = received
            waiting = 0
        if waiting == 0 and received >= _LOW:
            self._arm()  # what comes meanwhile waits in the FIFO
        return waiting

    def readinto(self, buf, n=None):
        n = min(self.any(), len(buf) if n is None else n)
        if n == 0:
            return None
        start = self._taken & (self._size - 1)
        head = min(n, self._size - start)
        buf[:head] = self._ring[start : start + head]
        buf[head:n] = self._ring[: n - head]
        if self.any() < n:
            return None  # overwritten while it was copied
        self._taken += n
        return n

    def write(self, buf):
        return self._uart.write(buf)

    def _arm(self):
        import machine
        import rp2

        # uart.init() sets them; the interrupt would empty the FIFO before the DMA does.
        machine.mem32[self._base + _INTERRUPT_MASK] &= ~_RX_INTERRUPTS
        if self._dma:
            self._dma.close()
        self._dma = dma = rp2.DMA()
        control = dma.pack_ctrl(
            size=0,
            inc_read=False,
            ring_size=len(bin(self._size)) - 3,  # its logarithm
            ring_sel=True,
            treq_sel=self._dreq,
        )
        dma.config(read=self._base, write=self._ring, count=_COUNT, ctrl=control, trigger=True)
        self._taken = 0
