# One AT command at a time over a UART, with URCs at any time in between.
import asyncio

from micropython import const

from qsota import log
from qsota.errors import AtError, AtTimeout
from qsota.resident.at_parser import Parser, Skip

_COMMAND_MAX = const(512)
_RESPONSE_MAX = const(640)  # the version table alone may have 511
_KEPT_LINES = const(16)
_QUIET_MS = const(100)
_IDLE_MS = const(20)
_SYNC_MS = const(500)
_NOISE_MS = const(2000)
_ENDLESS = const(1 << 29)
_CME = b"+CME ERROR:"


class _Command:
    """The open command: what was sent, whose lines are its answer, how it ended."""

    def __init__(self, line, prefix, on_response):
        self.line = line
        self.prefix = prefix
        self.on_response = on_response
        self.final = None
        self.ended = asyncio.Event()

    def check(self):
        if self.final is None:
            raise AtTimeout("timeout")
        if self.final.startswith(_CME):
            code = self.final[len(_CME) :].strip().lower().replace(b" ", b"-")
            raise AtError("cme-" + "".join(map(chr, code)))
        if self.final != b"OK":
            raise AtError("error")


class _Piece:
    """The counted payload that an answer carries after its header line "<header> <start>,<n>".

    It is also the parser's sink for it, which looks at the byte after the payload, too.
    """

    def __init__(self, parser, header, payload, buf):
        self._parser = parser
        self._header = header
        self._payload = payload
        self._buf = buf
        self._seen = None
        self._after = None

    def on_header(self, line):
        start, _, count = line[len(self._header) :].replace(b" ", b"").partition(b",")
        if not (start.isdigit() and count.isdigit() and len(start) <= 10 and len(count) <= 10):
            # What follows is data of unknown length, so none of it may be read as lines.
            self._parser.expect(Skip(_ENDLESS))
            return
        n = int(count)
        self._seen = int(start), n
        if self._fits():
            self._payload.begin(self._buf, n)
            self._parser.expect(self)
        else:
            self._parser.expect(Skip(n))

    def _fits(self):
        return 1 <= self._seen[1] <= len(self._buf)

    @property
    def done(self):
        return self._payload.failed or self._after is not None

    def feed(self, buf, start, end):
        if not self._payload.done:
            start = self._payload.feed(buf, start, end)
        if self._payload.done and start < end:
            self._after = buf[start]
        return start

    def result(self):
        if self._seen is None:
            raise AtError("no-data")
        if not self._fits():
            raise AtError("wrong-length")
        if self._payload.failed or not self._payload.ends(self._after):
            raise AtError("bad-payload")
        return self._seen


class AtClient:
    """Owner of the UART to the module; start() must come before the first command.

    uart is a machine.UART or anything with its any(), readinto(buf, n) and write(buf). `unknown`
    counts the lines that nobody subscribed to, `on_unknown(line)` sees them if it is set.
    """

    def __init__(self, uart, rx_size=512, poll_ms=5):
        self.on_unknown = None
        self.unknown = 0
        self._uart = uart
        self._poll_ms = poll_ms
        self._rx = memoryview(bytearray(rx_size))
        self._parser = Parser(self._on_line, _RESPONSE_MAX)
        self._subscriptions = []
        self._lock = asyncio.Lock()
        self._command = None
        self._reader = None
        self._stale = False  # an answer may still come that belongs to no command (B9)
        self._quiet_ms = 0

    def start(self):
        """Create the task that reads the UART, unless it is there already."""
        if self._reader is None:
            self._reader = asyncio.create_task(self.run())

    async def run(self):
        """Read the UART for ever; start() makes a task of it."""
        while True:
            n = self._read()
            await asyncio.sleep_ms(0 if n == len(self._rx) else self._pause())

    def _pause(self):
        # When nothing is expected, only URCs have to be caught before the UART's ring is full.
        return self._poll_ms if self._command or self._quiet_ms < _QUIET_MS else _IDLE_MS

    def _read(self):
        n = min(self._uart.any(), len(self._rx))
        if n:
            n = self._uart.readinto(self._rx, n) or 0
        if n:
            self._quiet_ms = 0
            self._parser.feed(self._rx, n)
        elif self._quiet_ms < _QUIET_MS:
            self._quiet_ms += self._poll_ms
        elif self._stale:
            # A payload that lost bytes must not swallow the URCs that come after it (B4).
            self._parser.reset()
        return n

    def subscribe(self, prefix, fn):
        """Call fn(line) for each URC that starts with prefix (bytes).

        If fn returns a number, that many raw bytes follow the line; they are skipped (B10).
        """
        self._subscriptions.append((prefix, fn))

    async def command(self, line, prefix=None, timeout_ms=1000):
        """Send a line (str or bytes, without CR LF); returns the lines of its answer, at most 16.

        Those are the lines that start with prefix; None: there are none, b"": all that are no URC
        with a subscription. Raises AtError("error" or "cme-<code>"), AtTimeout("timeout"), and
        ValueError for a line with control characters or of more than 512 bytes.
        """
        lines = []

        def keep(response):
            if len(lines) < _KEPT_LINES:
                lines.append(response)

        await self._transact(line, prefix, keep, timeout_ms)
        return lines

    async def read_payload(self, line, header, payload, buf, timeout_ms):
        """Send a line whose answer is `<header> <start>,<n>`, n bytes of payload, OK.

        The payload (a Payload) decodes into buf. Returns (start, n); raises as command() does, and
        AtError("no-data", "wrong-length": not 1..len(buf), or "bad-payload").
        """
        piece = _Piece(self._parser, header, payload, buf)
        await self._transact(line, header, piece.on_header, timeout_ms)
        return piece.result()

    async def sync(self, tries=3):
        """Wait for silence, then send AT until the module answers; AtTimeout("no-answer")."""
        async with self._lock:
            await self._sync(tries)

    async def _sync(self, tries):
        for _ in range(tries):
            await self._silence()
            try:
                await self._exchange(b"AT", None, None, _SYNC_MS)
                return
            except AtError as error:
                log.write("sync: " + error.reason)
        raise AtTimeout("no-answer")

    async def _silence(self):
        """Let late answers pass: no bytes for 100 ms, or 2 s at most if the module never stops."""
        self._quiet_ms = 0
        waited = 0
        while self._quiet_ms < _QUIET_MS and waited < _NOISE_MS:
            await asyncio.sleep_ms(self._poll_ms)
            waited += self._poll_ms
        self._parser.reset()

    async def _transact(self, line, prefix, on_response, timeout_ms):
        line = _checked(line)
        async with self._lock:
            if self._stale:
                await self._sync(3)
            await self._exchange(line, prefix, on_response, timeout_ms)

    async def _exchange(self, line, prefix, on_response, timeout_ms):
        command = self._command = _Command(line, prefix, on_response)
        self._stale = False
        try:
            await asyncio.wait_for_ms(self._send(command), timeout_ms)
        except asyncio.TimeoutError:
            pass  # unless the final result code came at the same moment; check() knows
        finally:
            self._command = None
            if command.final is None:
                self._abandon()
        command.check()

    async def _send(self, command):
        data = memoryview(command.line + b"\r\n")
        while data:
            # A full transmit buffer takes a part, or nothing and answers None.
            data = data[self._uart.write(data) or 0 :]
            if data:
                await asyncio.sleep_ms(self._poll_ms)
        await command.ended.wait()

    def _abandon(self):
        # The caller may reuse its buffer from now on, so a late payload must not reach it.
        self._parser.discard()
        self._stale = True
        self._quiet_ms = 0

    def _on_line(self, line):
        if self._command is None or not self._respond(self._command, line):
            self._unsolicited(line)

    def _respond(self, command, line):
        """True if the line belongs to the open command (B2)."""
        if command.final is not None:
            return False
        if line == b"OK" or line == b"ERROR" or line.startswith(_CME):
            command.final = line
            command.ended.set()
            return True
        if line == command.line:
            return True  # echo (B6)
        if command.prefix is None or not line.startswith(command.prefix):
            return False
        if not command.prefix and self._is_urc(line):
            return False
        command.on_response(line)
        return True

    def _is_urc(self, line):
        return any(line.startswith(prefix) for prefix, _ in self._subscriptions)

    def _unsolicited(self, line):
        raw = 0
        if self._is_urc(line):
            for prefix, fn in self._subscriptions:
                if line.startswith(prefix):
                    raw = max(raw, _call(fn, line))
        else:
            self.unknown += 1
            if self.on_unknown:
                _call(self.on_unknown, line)
        if raw:
            self._parser.expect(Skip(raw))


def _call(fn, line):
    """fn(line) as a number. A handler that fails must not end the reader."""
    try:
        return fn(line) or 0
    except Exception as error:
        log.write("URC handler: " + repr(error))
        return 0


def _checked(line):
    line = line.encode() if isinstance(line, str) else bytes(line)
    if len(line) > _COMMAND_MAX or any(byte < 0x20 or byte == 0x7F for byte in line):
        raise ValueError("bad command line")
    return line
