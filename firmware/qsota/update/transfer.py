# Reads one package from the module into a target, and decides whether it is the promised one.
from asyncio import CancelledError, sleep_ms
from time import ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.errors import AtError, PackageError, QsotaError
from qsota.resident import phases
from qsota.update.ends import Unreadable
from qsota.update.layout import HEADER_SIZE

_PACKAGE_MS = const(6 * 3600000)  # for all of one package, whatever happens
_ALIVE_MS = const(20000)  # the module gives up 60 s after the last read (T5)
_TRIES = const(5)
_ROUNDS = const(16)  # blocks in a row that bring nothing and lead nowhere
_REASON_MAX = const(32)
# What checks a header, and a decoder, take the place of these, which come again with the next
# command.
_COMMANDS = ("qsota.command.exchange", "qsota.command.at_command")
# Of use only while bytes come: a decoder works when they are here.
_READING = ("qsota.update.blocks", "qsota.update.chunks", "qsota.update.digest")


class Transfer:
    """The download side of an upgrade; one object serves every package.

    on_progress(position, length) is called after each chunk, in bytes. chunk, form, ahead: as
    Chunks has them.
    """

    def __init__(self, quec, link, on_progress, chunk, form, ahead=False):
        self._quec = quec
        self._link = link
        self._options = chunk, form, ahead
        self._chunks = self._blocks = None
        self._on_progress = on_progress
        self._target = None
        self._upgrade = None
        self._digest = None
        self._begun = self._asked = ticks_ms()  # a fetch(), the last read
        self.position = 0

    async def begin(self, target, upgrade):
        """Prepare the target; returns how many bytes of the package it has from an earlier try.

        PackageError if it does not take the package.
        """
        self._target = target
        self._asked = ticks_ms()
        self.position = 0
        return await self._work(target.begin, upgrade)

    async def fetch(self, target, upgrade, staged, block=None, resumed=False):
        """Read the whole package and verify it; the target has staged bytes of it already.

        block is the 10703 event if it already came; resumed: the MCU restarted, so it may have
        come unseen. Raises PackageError (it must not be installed), Ended, Superseded, or AtError
        when the module is gone.
        """
        self._upgrade = upgrade
        self._begun = self._asked = ticks_ms()
        self.position = staged
        if staged == upgrade.length:
            # The header in the slot proves the image behind it; the file's own digests cannot be
            # had again from an image that came compressed.
            log.write("the whole image is here already")
            return await self._aside(target.finish)
        await self._open()
        self._blocks.begin(upgrade, self._save)
        await self._chunks.begin(upgrade.form, staged)
        await self._restart(False)
        if resumed:
            block = await self._blocks.look(staged)
            if block is None and await self._blocks.is_passed(staged):
                raise Unreadable("block-gap")
        spent = 0
        while True:
            try:
                await self._pull(block)
                return await self._verify()
            except Unreadable:
                raise
            except PackageError as error:
                failed = error
            log.write("package: " + failed.reason)
            # A byte may have changed on the wire without a trace: once more, from the start (T21).
            # A header costs little, so it is read again more often.
            spent += 1 if self.position < HEADER_SIZE else _TRIES
            if spent > _TRIES or not await self._quec.holds(0):
                raise failed
            upgrade.form = self.position = 0
            if await self._open():
                self._blocks.begin(upgrade, self._save)
            await self._chunks.begin(0, 0)
            await self._restart(True)
            block = await self._blocks.look(0)

    async def header(self):
        """The header of the package that the module holds although nothing is on record.

        The power failed after UPDATE=1, and 10701 and 10703 came unseen; what the file is, its
        header tells. Raises PackageError if that is none.
        """
        from qsota.update.package import parse

        head = bytearray(HEADER_SIZE)
        for _ in range(_TRIES):
            try:
                await self._read_head(head)
                return parse(head)
            except (AtError, PackageError) as error:
                log.write("header: " + error.reason)
        raise PackageError("bad-header")

    async def _read_head(self, head):
        await self._open()
        await self._chunks.begin(0, 0)
        at = 0
        while at < HEADER_SIZE:
            data = await self._chunks.read(at, HEADER_SIZE)
            if data is None:
                raise PackageError("truncated")
            head[at : at + len(data)] = data
            at += len(data)

    async def _restart(self, again):
        """The digests from the first byte; again: of a package that is read a second time."""
        from qsota.update.digest import Digest

        upgrade = self._upgrade
        self._digest = Digest(upgrade.md5, upgrade.sha256, again)
        if self.position:
            log.write("%d bytes are here already" % self.position)
            await self._work(self._target.replay, self._digest.update)
        else:
            await self._work(self._target.rewind)

    async def _pull(self, block):
        """All that is missing, block by block."""
        length = self._upgrade.length
        rounds = reached = 0
        while self.position < length:
            if block is None:
                block = await self._blocks.wait(self.position, self._erase)
            begun = self.position
            end = await self._blocks.end(block, begun)
            there = await self._read(end)
            # After a retry of the module blocks that are here already pass by (T11).
            rounds = 0 if self.position > begun or end > reached else rounds + 1
            reached = end
            if rounds == _ROUNDS:
                raise Unreadable("no-progress")
            block = None
            if there and self.position < length:
                block = await self._blocks.pass_on(min(end, self.position))

    async def _read(self, end):
        """Read on until end, or until the module refuses; False if it has dropped the block."""
        try:
            return await self._read_chunks(end)
        finally:
            self._chunks.forget()

    async def _read_chunks(self, end):
        length = self._upgrade.length
        while self.position < end:
            data = await self._chunks.read(self.position, end)
            self._asked = ticks_ms()
            if ticks_diff(self._asked, self._begun) > _PACKAGE_MS:
                raise Unreadable("package-timeout")
            if data is None:
                break
            if self.position == 0:
                self._upgrade.form = self._chunks.code
            await self._chunks.ahead(self.position + len(data), end)
            self._digest.update(data)
            if self.position < HEADER_SIZE <= self.position + len(data):
                phases.forget(*_COMMANDS)
            await self._work(self._target.write, data)
            self.position += len(data)
            self._on_progress(self.position, length)
            if self._blocks.dropped():
                return False
        return True

    async def _verify(self):
        self._digest.matches(self._upgrade.length)
        self._close()
        await self._aside(self._target.finish)

    async def _open(self):
        """Ready to read; True if it was not."""
        if self._chunks:
            return False
        await phases.bring(_READING)
        from qsota.update.blocks import Blocks
        from qsota.update.chunks import Chunks

        chunks = Chunks(self._quec, self._link, *self._options)
        self._blocks = Blocks(self._quec, self._link)
        self._chunks = chunks  # now both are there, and it is open
        return True

    def _close(self):
        self._chunks = self._blocks = self._digest = None
        phases.forget(*_READING, *_COMMANDS)

    # --- the target: foreign code, which may have much to do

    def _erase(self):
        return of_target(self._target.erase_step)

    async def _save(self):
        if hasattr(self._target, "save"):  # a target may have no use for it
            await self._aside(self._target.save)

    def _aside(self, call):
        # It stores the record, whose code is loaded deep down there: with a stack of its own.
        return phases.apart(self._work(call))

    async def _work(self, call, *args):
        """A call of the target; where that returns an iterator, it is done step by step, with
        pauses for the application. Returns the result, or the last step's."""
        steps = of_target(call, *args)
        if not hasattr(steps, "send"):
            return steps
        result = None
        while True:
            more, value = of_target(_step, steps)
            if not more:
                return result
            result = value
            await sleep_ms(0)
            if ticks_diff(ticks_ms(), self._asked) > _ALIVE_MS:
                await self._touch()
                self._asked = ticks_ms()

    async def _touch(self):
        """Have the module wait for another 60 s, if there is memory for that; else the work may
        be done before they are over."""
        try:
            await self._quec.touch(max(0, self.position - 1))
        except MemoryError:
            log.write("touch: no-memory")


def of_target(call, *args):
    """A call of a target: whatever it raises ends this package, and nothing else."""
    try:
        return call(*args)
    except QsotaError:
        raise
    except phases.LACK:
        raise Unreadable("no-memory")
    except (Exception, CancelledError) as error:
        raise Unreadable(("target " + repr(error))[:_REASON_MAX])


def _step(steps):
    """(True, the next step's result), or (False, None) at the end: StopIteration is a failure
    anywhere else."""
    try:
        return True, next(steps)
    except StopIteration:
        return False, None
