# One chunk of a package: how large, in which wire form, and how often it is asked for.
from asyncio import create_task, sleep_ms

from micropython import const

from qsota import log
from qsota.command.forms import AUTO, Payload
from qsota.errors import AtError, PackageError
from qsota.update.ends import Unreadable
from qsota.update.layout import HEADER_SIZE

_TRIES = const(16)  # answers in a row that bring nothing; ten of them halve 1 KB to one byte
_DEAD = const(3)
_GOOD = const(8)  # chunks after which a larger one is tried
_PATIENCE = const(1024)
_HEAD = const(384)  # the part of a package header whose CRC vouches for the wire form
_RAW = const(1)
_TASKS = const(3)  # deep is a command: this one's, the client's, and the client's for its code
_SHOWS = const(4)  # bytes that it takes for a text form to show


class Chunks:
    """Reads at an offset; one object, with its buffer, serves every package.

    Chunks shrink where answers come damaged or are refused, and grow again. The wire form shows at
    offset 0 only, and what a header has confirmed stays: in the middle of a file any data may
    look like text.

    ahead: whether bytes that come while flash is erased or programmed are kept, so that the next
    chunk can be on its way meanwhile; it takes a second buffer.
    """

    def __init__(self, quec, link, most, form=AUTO, ahead=False):
        self.payload = Payload(form)
        self._quec = quec
        self._link = link
        self._most = most
        self._view = memoryview(bytearray(most))
        self._spare = memoryview(bytearray(most)) if ahead else None
        self._next = None  # (offset, task) of the read that was sent ahead
        self._size = most
        self._count = 0  # good chunks of this size
        self._wait = _GOOD  # so many of them, and a larger one is tried
        self._tried = False  # this size is one
        self._known = False

    async def begin(self, code, at):
        """A package is read from offset `at` on; code: its wire form as on record, or 0."""
        payload = self.payload
        self.forget()
        payload.forget()
        self._known = bool(code or at)
        self._count, self._wait, self._tried = 0, _GOOD, False
        self._size = min(self._most, await self._announced())
        if code:
            payload.learn(code)
        elif at:
            await self._look_back()

    async def _look_back(self):
        """Nothing is on record, and what comes next may look like text: see the start again."""
        payload = self.payload
        try:
            await self._quec.read(0, self._view, min(self._size, _HEAD), payload)
            payload.settle()
        except AtError:
            payload.learn(_RAW)

    async def _announced(self):
        try:
            return max(1, await self._quec.read_limit() or self._most)
        except AtError:
            return self._most

    @property
    def code(self):
        """The wire form for the record, 0 as long as none has shown."""
        return self.payload.code

    async def read(self, at, end):
        """The next bytes from `at`, not beyond end, as a memoryview that is valid until the next
        call; None if the module does not hold that byte, or restarted.

        Raises PackageError("unreadable") after 16 answers without a good one, and AtError when the
        module is gone.
        """
        n = await self._came(at)
        if n:
            return self._accept(at, n)
        want = self._want(at, end)
        dead = 0
        for attempt in range(_TRIES):
            self._guess(at, attempt & 1 or want < _SHOWS)
            try:
                n = await self._quec.read(at, self._view, want, self.payload)
            except AtError as error:
                reason = error.reason
                log.write("chunk of %d at %d: %s" % (want, at, reason))
                if self._link.restarted:
                    return None
                if reason == "no-answer":
                    dead += 1
                    if dead == _DEAD:
                        raise
                elif attempt == 0:
                    pass  # the same once more
                elif reason != "error" or await self._quec.holds(at):
                    # Reads of this size come damaged or are refused (Q3).
                    want = self._shrink(want)
                else:
                    return None  # the end of the block
                continue
            return self._accept(at, n)
        if at < HEADER_SIZE:
            raise PackageError("unreadable")  # the form may have been guessed wrong
        raise Unreadable("unreadable")

    def _want(self, at, end):
        # Chunks lie on multiples of their size, as the slot's pages do.
        want = min(self._size - at % self._size, end - at)
        return min(want, _HEAD - at) if at < _HEAD else want

    def _guess(self, at, raw):
        """At the start of a package every form is possible; raw: what looks like text is none."""
        if at == 0 and not self._known:
            self.payload.forget()
            if raw:
                self.payload.take_raw()

    async def ahead(self, at, end):
        """Ask for the next bytes from `at` now, if that may be; read() takes them. What it
        returned before stays valid until then."""
        if self._spare is not None and at < end:
            self._next = at, create_task(self._ask(at, self._want(at, end)))
            for _ in range(_TASKS):  # until the command is on its way
                await sleep_ms(0)

    async def _ask(self, at, want):
        try:
            return await self._quec.read(at, self._spare, want, self.payload)
        except AtError as error:
            log.write("chunk of %d at %d: %s" % (want, at, error.reason))
        return 0

    async def _came(self, at):
        # How many bytes were read ahead from there, into what is the buffer now.
        asked, task = self._next or (at, None)
        if asked != at:
            self.forget()
        n = await task if self._next else 0
        self._next = None
        if n:
            self._view, self._spare = self._spare, self._view
        return n

    def forget(self):
        """What was asked for ahead is of no use."""
        if self._next:
            self._next[1].cancel()
            self._next = None

    def _accept(self, at, n):
        if at == 0:
            self.payload.settle()
        self._tried = False
        self._count += 1
        if self._count >= self._wait and self._size < self._most:
            self._size = min(2 * self._size, self._most)
            self._count = 0
            self._tried = True
        return self._view if n == self._most else self._view[:n]

    def _shrink(self, want):
        if self._tried:
            # Larger ones fail for good, or for long: tried ever more rarely.
            self._wait = min(2 * self._wait, _PATIENCE)
        self._tried = False
        self._count = 0
        self._size = max(1, want // 2)
        return self._size
