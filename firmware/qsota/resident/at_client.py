# One AT command at a time, with URCs at any time in between, over a UART that others use, too.
from time import ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.errors import AtTimeout
from qsota.resident.at_command import SEND_ENDS, Command, Read
from qsota.resident.at_parser import Parser, Skip
from qsota.resident.at_port import QUIET_MS, AtPort
from qsota.resident.forms import RAW, Payload

_LINE_MAX = const(640)  # the version table alone may have 511
_SYNC_MS = const(500)
_TRIES = const(5)
_NOISE_MS = const(2000)
_LATE_MS = const(5000)  # a prompt may be so late, and a full transmit buffer takes so long
_MARK_MS = const(60000)
_SLOW_MS = const(8000)
_ESC = b"\x1b\r\n"
_STARTED = b"RDY"
# Questions that every module answers, and whose answers nothing else resembles.
_MARKERS = (
    (b"AT+QIOTSTATE?", b"+QIOTSTATE:"),
    (b"AT+QIOTREG?", b"+QIOTREG:"),
    (b"AT+CSQ", b"+CSQ:"),
)


class AtClient(AtPort):
    """uart is a machine.UART or anything with its any(), readinto(buf, n) and write(buf).

    `unknown` counts the lines that nobody subscribed to, `on_unknown(line)` sees them if set.
    """

    def __init__(self, uart, rx_size=512, poll_ms=5):
        super().__init__(uart, Parser(self._on_line, _LINE_MAX), rx_size, poll_ms)
        self.on_unknown = None
        self.unknown = 0
        self._subscriptions = []
        self._data = None  # goes out when the prompt comes, also when its command gave up
        self._prompt = b">"
        self._slow_ms = 0  # what answers take at times; less with each command

    def subscribe(self, prefix, fn):
        """Call fn(line) for each URC that starts with prefix (bytes).

        If fn returns an int, that many raw bytes follow the line; they are skipped (B10).
        """
        self._subscriptions.append((prefix, fn))

    def unsubscribe(self, fn):
        """Call fn no more."""
        self._subscriptions = [pair for pair in self._subscriptions if pair[1] is not fn]

    async def command(self, line, prefix=None, timeout_ms=1000, ends=()):
        """Send a line (str or bytes, without CR LF); returns the lines of its answer, at most 128.

        Those are the lines that start with prefix; None: there are none, b"": all that are no URC
        with a subscription. ends: how further final result codes begin, such as b"CONNECT"; the
        one that came is the last line. A module that was slow before gets more than timeout_ms.
        Raises AtError("error", "cme-<code>", "cms-<code>"), AtTimeout("timeout", "no-answer"), and
        ValueError for a line with control characters or of more than 1088 bytes.
        """
        command = Command(line, prefix, ends)
        await self._transact(command, timeout_ms)
        return command.lines

    async def send(self, line, data, prefix=None, timeout_ms=5000, prompt=b">"):
        """As command(), for one that asks for data (bytes) by a prompt or a line like CONNECT.

        SEND OK is a good end, too, SEND FAIL an AtError("send-fail"). Data that was asked for goes
        out whole, even when the caller has given up: what came after it would be taken for it.
        """
        command = Command(line, prefix, SEND_ENDS, data, prompt)
        await self._transact(command, timeout_ms)
        return command.lines

    async def read(self, line, header, buf, count=0, timeout_ms=5000, payload=None):
        """Send a line whose answer is `<header> <numbers>`, counted bytes, OK.

        The number at index `count` counts them. They go to the start of buf, decoded if a payload
        (forms.py) is given; returns the numbers. Raises as command() does, and AtError("no-data",
        "wrong-length": not 1..len(buf), or "bad-payload").
        """
        command = Read(line, header, buf, count, payload or Payload(RAW), self._parser)
        await self._transact(command, timeout_ms)
        return command.numbers

    async def sync(self, tries=_TRIES, wait_ms=_SYNC_MS):
        """Wait for silence, then send AT until the module answers; AtTimeout("no-answer").

        The first AT waits wait_ms, each further one twice as long.
        """
        turn = Command(b"")
        try:
            await self._turn(turn)
            await self._sync(tries, wait_ms)
        finally:
            self._leave(turn)

    async def escape(self, data, guard_ms):
        """Send bytes that are no command line, with silence of guard_ms before and after them."""
        turn = Command(b"")
        try:
            await self._turn(turn)
            await self._wait(guard_ms)
            self._out = memoryview(data)
            self._late += 1
            await self._wait(guard_ms)
        finally:
            self._leave(turn)

    # --- one command

    async def _transact(self, command, timeout_ms):
        try:
            await self._turn(command)
            if self._late:
                await self._sync(_TRIES, _SYNC_MS)
            await self._exchange(command, timeout_ms)
        finally:
            self._leave(command)
        command.check()

    async def _exchange(self, command, timeout_ms, quiet_ms=None):
        # What came before is no answer to it, and what is going out must be whole.
        self._poll()
        if self._out:
            await self._wait(_LATE_MS, None, 0)
        begun = ticks_ms()
        self._data = command.data
        self._prompt = command.prompt
        self._parser.prompts = command.data is not None
        self._command = command
        self._out = memoryview(command.line + b"\r\n")
        try:
            await self._wait(max(timeout_ms, 2 * self._slow_ms), command, quiet_ms)
        finally:
            self._command = None
            if command.final is None:
                self._abandon(command)
            else:
                self._answered(ticks_diff(ticks_ms(), begun))

    def _answered(self, ms):
        self._forget_data()
        self._slow_ms = max(min(ms, _SLOW_MS), self._slow_ms * 7 // 8)

    def _abandon(self, command):
        self._slow_ms = self._slow_ms * 3 // 4  # the answer may as well be lost
        # The caller may reuse its buffer from now on, so a late payload must not reach it.
        self._parser.discard()
        if self._parser.at_prompt:
            # The module asks for data that nobody has: the less it gets the better.
            self._out = memoryview(_ESC)
            self._late += 1
        self._late += 1
        if command.line not in self._late_lines:
            self._late_lines.append(command.line)
        self._heard = ticks_ms()

    def _forget_data(self):
        self._data = None
        self._parser.prompts = False

    # --- finding the beginning of an answer again

    async def _sync(self, tries, wait_ms):
        for attempt in range(tries):
            await self._silence()
            if attempt == 1:
                # It may still wait for data that its MCU wanted to send before a reset.
                self._out = memoryview(_ESC)
                self._late += 1
                await self._silence()
            # With V0 or Q1 in its profile it answers, but not by OK.
            probe = Command(b"ATE0Q0V1" if attempt & 1 else b"AT")
            await self._exchange(probe, wait_ms << attempt)
            if probe.final is not None:
                break
            log.write("sync: timeout")
        else:
            raise AtTimeout("no-answer")
        if self._late:
            await self._mark()

    async def _silence(self):
        """Let late answers pass: no bytes for 100 ms, or 2 s at most if the module never stops."""
        self._heard = ticks_ms()
        if self._data is not None:
            await self._wait(_LATE_MS, None, _LATE_MS)
        await self._wait(_NOISE_MS, None, QUIET_MS)
        self._parser.reset()

    async def _mark(self):
        """Let the answers of all earlier commands pass: they come before the marker's (B9)."""
        for line, prefix in _MARKERS:
            if line not in self._late_lines:
                self._heard = ticks_ms()
                marker = Command(line, prefix, earlier=self._late)
                await self._exchange(marker, _MARK_MS, _SLOW_MS)
                if marker.final is not None:
                    break
        self._forget_late()

    def _forget_late(self):
        self._late = 0
        self._late_lines.clear()

    # --- lines

    def _on_line(self, line):
        command = self._command
        if line is None:
            if command:
                command.starved = True
        elif self._data is not None and line.startswith(self._prompt):
            self._out = memoryview(self._data)
            self._forget_data()
        else:
            is_urc = self._is_urc(line)
            if command is None or not command.take(line, is_urc):
                self._unsolicited(line, is_urc)

    def _is_urc(self, line):
        for prefix, _ in self._subscriptions:
            if line.startswith(prefix):
                return True
        return False

    def _unsolicited(self, line, is_urc):
        raw = 0
        if line == _STARTED:
            # The module has forgotten what it was asked, and whether it waited for data.
            self._forget_late()
            self._forget_data()
        if is_urc:
            for prefix, fn in self._subscriptions:
                if line.startswith(prefix):
                    n = log.call("URC handler", fn, line)
                    if isinstance(n, int) and n is not True:
                        raw = max(raw, n)
        else:
            self.unknown += 1
            if self.on_unknown:
                log.call("on_unknown", self.on_unknown, line)
        if raw:
            self._parser.expect(Skip(raw))
