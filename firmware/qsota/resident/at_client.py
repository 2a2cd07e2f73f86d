# The module's UART, shared: URCs to whoever wants them, one command at a time in between.
import sys

from micropython import const

from qsota import log
from qsota.resident import phases
from qsota.resident.at_parser import Parser, Skip
from qsota.resident.at_port import AtPort

_LINE_MAX = const(640)  # the version table alone may have 511
_STARTED = b"RDY"
_EXCHANGE = "qsota.command.exchange"
_KEEP_MS = const(5000)


class AtClient(AtPort):
    """uart is a machine.UART or anything with its any(), readinto(buf, n) and write(buf).

    The code of commands is in memory only while they come. `unknown` counts the lines that nobody
    subscribed to, `on_unknown(line)` sees them if set.
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
        return await self._do("command", line, prefix, timeout_ms, ends)

    async def send(self, line, data, prefix=None, timeout_ms=5000, prompt=b">"):
        """As command(), for one that asks for data (bytes) by a prompt or a line like CONNECT.

        SEND OK is a good end, too, SEND FAIL an AtError("send-fail"). Data that was asked for goes
        out whole, even when the caller has given up: what came after it would be taken for it.
        """
        return await self._do("send", line, data, prefix, timeout_ms, prompt)

    async def read(self, line, header, buf, count=0, timeout_ms=5000, payload=None):
        """Send a line whose answer is `<header> <numbers>`, counted bytes, OK.

        The number at index `count` counts them. They go to the start of buf, decoded if a payload
        (forms.py) is given; returns the numbers. Raises as command() does, and AtError("no-data",
        "wrong-length": not 1..len(buf), or "bad-payload").
        """
        return await self._do("read", line, header, buf, count, timeout_ms, payload)

    async def sync(self, tries=0, wait_ms=0):
        """Wait for silence, then send AT until the module answers; AtTimeout("no-answer").

        The first of 5 AT waits 500 ms, each further one twice as long, unless that is given.
        """
        await self._do("sync", tries, wait_ms)

    async def escape(self, data, guard_ms):
        """Send bytes that are no command line, with silence of guard_ms before and after them."""
        await self._do("escape", data, guard_ms)

    def _do(self, name, *args):
        return phases.apart(getattr(phases.load(_EXCHANGE), name)(self, *args))

    def rest(self):
        """Let the code of commands go, when none came for a while."""
        if _EXCHANGE in sys.modules and self._is_quiet(_KEEP_MS) and not self._turns:
            phases.drop()

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

    def _forget_late(self):
        self._late = 0
        self._late_lines.clear()

    def _forget_data(self):
        self._data = None
        self._parser.prompts = False
