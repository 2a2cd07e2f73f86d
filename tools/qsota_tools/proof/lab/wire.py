"""The MCU's UART and the wire to the module, in virtual time.

Bytes take ten bit times each. Nothing happens per byte: how many have arrived is computed when
the MCU looks, which is exact because only the MCU empties the ring.
"""

_BITS_US = 10 * 1000000
_FIFO = 32  # PL011 receive FIFO


class Line:
    """One direction of the wire; each of the `filters` maps the bytes of a write to those that
    travel on."""

    def __init__(self, clock, baud):
        self.filters = []
        self._clock = clock
        self._baud = baud
        self._free_us = 0

    def send(self, data):
        """Queue data behind what is still travelling; returns (data, start_us, end_us)."""
        data = bytes(data)
        for change in self.filters[:]:
            data = change(data)
        start = max(self._clock.now_us(), self._free_us)
        self._free_us = start + (len(data) * _BITS_US + self._baud - 1) // self._baud
        return data, start, self._free_us

    def carried(self, us):
        """Bytes that fit into us microseconds (negative: none)."""
        return max(0, us * self._baud // _BITS_US)


class Uart:
    """What the device code sees of machine.UART, and what a simulated module sees of the MCU.

    `peer`, if set, is called with the bytes of each write once the last of them has reached the
    module; `on_word` whenever the module begins to send something. `rx` and `tx` are the two
    directions as the MCU names them; `lost` counts the bytes that found the ring full or the
    interrupts off.
    """

    def __init__(self, clock, baud=115200, rxbuf=4096):
        self.peer = None
        self.on_word = None
        self.lost = 0
        self.rx = Line(clock, baud)
        self.tx = Line(clock, baud)
        self._clock = clock
        self._rxbuf = rxbuf
        self._ring = b""
        self._travelling = []  # [start_us, data, bytes already taken]
        self._blind_end = 0
        self._settled = 0
        self._fifo = 0

    def receive(self, data):
        """The module sends data."""
        data, start, _ = self.rx.send(data)
        self._travelling.append([start, data, 0])
        if self.on_word:
            self.on_word()

    def is_silent(self):
        """Nothing has come that was not read, and nothing is on its way."""
        return not (self._travelling or self._ring)

    def blind(self, us):
        """Interrupts are off for us microseconds from now: of what comes only 32 bytes survive."""
        self._settle()
        now = self._clock.now_us()
        if now >= self._blind_end:
            self._fifo = _FIFO
        self._blind_end = max(self._blind_end, now + us)

    def any(self):
        self._settle()
        return len(self._ring)

    def readinto(self, buf, n=None):
        """Like machine.UART with timeout 0: what is there at once, None for nothing."""
        n = min(self.any(), len(buf) if n is None else n)
        if n == 0:
            return None
        buf[:n] = self._ring[:n]
        self._ring = self._ring[n:]
        return n

    def write(self, buf):
        data, _, end = self.tx.send(buf)
        self._clock.at_us(end, self._deliver, data)
        return len(buf)

    def _deliver(self, data):
        if self.peer and data:
            self.peer(data)

    def _settle(self):
        now = self._clock.now_us()
        if self._blind_end > self._settled:
            data = self._arrived(min(now, self._blind_end))
            kept = min(len(data), self._fifo)
            self._fifo -= kept
            self.lost += len(data) - kept
            self._store(data[:kept])
        self._store(self._arrived(now))
        self._settled = now

    def _store(self, data):
        kept = min(len(data), self._rxbuf - len(self._ring))
        self.lost += len(data) - kept
        self._ring += data[:kept]

    def _arrived(self, us):
        """Take from the wire what has arrived by us."""
        arrived = b""
        while self._travelling:
            start, data, taken = self._travelling[0]
            n = min(len(data), self.rx.carried(us - start))
            arrived += data[taken:n]
            if n < len(data):
                self._travelling[0][2] = max(n, taken)
                break
            self._travelling.pop(0)
        return arrived
