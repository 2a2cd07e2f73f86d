# The owner of the UART: moves its bytes for ever, whoever waits for them.
from asyncio import create_task, sleep_ms
from time import ticks_diff, ticks_ms

from micropython import const

from qsota import log

QUIET_MS = const(100)
_IDLE_MS = const(20)
_TEXT = const(64)  # bytes at once: each takes the parser up to 0.1 ms on a Pico, of a payload none


class AtPort:
    """Nothing here waits for another task, so neither a task that died nor an event loop that the
    application gave up can block it: whoever waits for bytes reads the UART itself.
    """

    def __init__(self, uart, parser, rx_size, poll_ms):
        self.uart = uart
        self._parser = parser
        self._poll_ms = poll_ms
        self._rx = memoryview(bytearray(rx_size))
        self._turns = []  # the commands that wait for the UART; the first one has it
        self._tick = 0  # goes on while the task of the first one lives
        self._reader = 0  # number of the reader that is in charge
        self._looked = ticks_ms()
        self._failing = False
        self._more = False  # the UART may have more than what was taken
        self._step = self._move  # bound once: this must run when there is no memory at all
        self._heard = ticks_ms()  # when the last byte came
        self._out = None  # bytes that the UART has not taken yet
        self._command = None  # whose answer is awaited
        self._late = 0  # answers that may still come, and belong to no command (B9)
        self._late_lines = []  # of those commands, each line once

    def start(self):
        """Create the task that reads the UART, in place of any other."""
        self._looked = self._heard = ticks_ms()
        create_task(self.run())

    async def run(self):
        """Read the UART for ever, or until another reader runs; start() makes a task of it."""
        self._reader += 1
        me = self._reader
        while me == self._reader:
            self._looked = ticks_ms()
            self._poll()
            await sleep_ms(0 if self._more else self._pause())

    def _pause(self):
        # When nothing is expected, only URCs have to be caught before the UART's ring is full,
        # and a command looks for its answer itself.
        return _IDLE_MS if self._command or self._is_quiet(QUIET_MS) else self._poll_ms

    def _is_quiet(self, ms):
        return not self._out and ticks_diff(ticks_ms(), self._heard) >= ms

    def _poll(self):
        """Take and give what the UART has and takes now; the bytes that came, None: it failed."""
        n = log.call("" if self._failing else "UART", self._step)
        self._failing = n is None
        return n

    def _move(self):
        self._more = False
        most = len(self._rx)
        if not self._parser.in_payload and most > _TEXT:
            most = _TEXT
        n = min(self.uart.any(), most)
        if n:
            n = self.uart.readinto(self._rx, n) or 0
            self._more = n == most
        if n:
            self._heard = ticks_ms()
            self._parser.feed(self._rx, n)
        elif self._parser.in_payload and self._is_quiet(QUIET_MS):
            # A payload that lost bytes must not swallow the URCs that come after it (B4).
            if self._late or not self._command:
                self._parser.reset()
        if self._out:
            # A full transmit buffer takes a part, or nothing and answers None.
            self._out = self._out[self.uart.write(self._out) or 0 :]
        return n
