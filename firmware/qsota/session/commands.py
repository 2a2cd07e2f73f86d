# The forms of QuecThing commands, and those that sessions and updates give.
from asyncio import sleep_ms

from micropython import const

from qsota import log
from qsota.errors import AtError, AtTimeout
from qsota.resident.inbox import Inbox
from qsota.session import events
from qsota.session.event_queue import EventQueue

REFUSE = const(0)
CONFIRM = const(1)
NEXT_BLOCK = const(2)
UPDATING = const(3)

_TIMEOUT_MS = const(3000)  # the module answers within 300 ms
_TRIES = const(2)  # a question does no harm, so it is asked again
_ANSWERS = const(3)
_RETRY_MS = const(1000)
_READ_MS = const(5000)
_ASKS = const(5)
_NOS = const(2)  # a command that arrives damaged is refused, too


class Commands(EventQueue):
    """Commands and events of one module; every command raises AtError or AtTimeout."""

    def __init__(self, at, inbox=None):
        super().__init__(inbox or Inbox(at))
        self._at = at

    async def state(self):
        """0..12; 8 is subscribed: ready for data and OTA."""
        return await self._number("AT+QIOTSTATE?", b"+QIOTSTATE:")

    async def action(self, n):
        """REFUSE, CONFIRM, NEXT_BLOCK (never twice for one block, T9) or UPDATING."""
        await self._set("AT+QIOTUPDATE=%d" % n)

    async def answer(self, n):
        """action(n), asked again while it is refused or unanswered.

        True: done; False: refused for good; None: it may have been done.
        """
        unanswered = False
        for _ in range(_ANSWERS):
            try:
                await self.action(n)
                return True
            except AtError as error:
                log.write("action %d: %s" % (n, error.reason))
                unanswered = unanswered or isinstance(error, AtTimeout)
            await sleep_ms(_RETRY_MS)
        return None if unanswered else False

    # --- the package that the module holds

    async def read(self, start, buf, length, payload=None):
        """Read up to length bytes of the package from offset start; returns how many came (T10).

        payload: as in command/forms.py, None: raw. Besides the errors of AtClient.read(),
        AtError("wrong-start").
        """
        line = "AT+QIOTOTARD=%d,%d" % (start, length)
        room = memoryview(buf)[:length]
        answer = await self._at.read(line, b"+QIOTOTARD:", room, 1, _READ_MS, payload)
        if answer[0] != start:
            raise AtError("wrong-start")
        return answer[1]

    async def read_limit(self):
        """The longest read in bytes that the module announces, or None."""
        for fields in await self._query("AT+QIOTOTARD=?", b"+QIOTOTARD:"):
            # <start>,(<shortest>-<longest>)
            longest = str(fields[-1]).strip("()").split("-")[-1]
            if longest.isdigit():
                return int(longest)
        return None

    async def holds(self, at):
        """Whether the module holds the byte at this offset, asked by a read of it.

        Only ERROR says no, and it has to say so twice; AtError when no answer is one.
        """
        nos = 0
        for _ in range(_ASKS):
            try:
                await self.read(at, bytearray(1), 1)
                return True
            except AtError as error:
                failed = error
            if failed.reason == "bad-payload":
                return True  # damaged, or text, but it came
            if failed.reason == "error":
                nos += 1
                if nos == _NOS:
                    return False
        raise failed

    async def touch(self, at):
        """Let the module's 60 s begin again (T5), by a read of that byte."""
        try:
            await self.read(at, bytearray(1), 1)
        except AtError as error:
            log.write("touch: " + error.reason)

    # --- forms of commands

    async def _set(self, line, timeout_ms=_TIMEOUT_MS):
        await self._at.command(line, None, timeout_ms)

    async def _ask(self, line, prefix):
        """The fields of each answer line that is well formed."""
        tries = _TRIES
        lines = None
        while lines is None:
            tries -= 1
            try:
                lines = await self._at.command(line, prefix, _TIMEOUT_MS)
            except AtError as error:
                if tries == 0 or error.reason == "no-answer":
                    raise
        answers = (events.split_fields(answer[len(prefix) :].strip()) for answer in lines)
        return [fields for fields in answers if fields]

    async def _query(self, line, prefix):
        """Like _ask(), but ERROR is an empty answer too (Q13)."""
        try:
            return await self._ask(line, prefix)
        except AtTimeout:
            raise
        except AtError:
            return []

    async def _number(self, line, prefix):
        for _ in range(_TRIES):
            for fields in await self._ask(line, prefix):
                if isinstance(fields[0], int):
                    return fields[0]
        raise AtError("bad-answer")
