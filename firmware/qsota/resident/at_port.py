# The owner of the UART: moves its bytes for ever, and lets one command after the other have it.
from asyncio import create_task, sleep_ms
from time import ticks_diff, ticks_ms

from micropython import const

from qsota import log

QUIET_MS = const(100)
_IDLE_MS = const(20)
_DEAD_MS = const(1000)  # a reader that has not looked for so long is replaced
_DEAD_ROUNDS = const(50)  # of a waiter's, in which the one before it never had its turn


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
            n = self._poll()
            await sleep_ms(0 if n == len(self._rx) else self._pause())

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
        n = min(self.uart.any(), len(self._rx))
        if n:
            n = self.uart.readinto(self._rx, n) or 0
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

    async def _wait(self, ms, command=None, quiet_ms=None):
        """Move bytes for ms, until the command has ended, or until it was quiet for quiet_ms."""
        begun = ticks_ms()
        while True:
            self._tick += 1
            n = self._poll()
            if command and command.final is not None:
                return
            full = n == len(self._rx)
            if quiet_ms is not None and not full and self._is_quiet(quiet_ms):
                return
            if ticks_diff(ticks_ms(), begun) >= ms:
                return
            await sleep_ms(0 if full else self._poll_ms)

    async def _turn(self, command):
        """Wait until the UART is free for this command; _leave() must follow in any case."""
        if not self._reader or ticks_diff(ticks_ms(), self._looked) > _DEAD_MS:
            self.start()
        self._turns.append(command)
        tick, rounds = self._tick, 0
        while self._turns[0] is not command:
            await sleep_ms(self._poll_ms)
            rounds += 1
            if self._tick != tick:
                tick, rounds = self._tick, 0
            elif rounds > _DEAD_ROUNDS:
                # Its task ended together with an event loop, without a finally.
                dead = self._turns[0]
                self._leave(dead)
                self._command = None
                self._late += 1
                self._late_lines.append(dead.line)

    def _leave(self, command):
        if command in self._turns:
            self._turns.remove(command)
            self._tick += 1
