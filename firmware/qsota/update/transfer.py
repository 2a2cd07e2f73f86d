# Reads one package from the module into a target, block by block, chunk by chunk.
from time import ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.errors import AtError, PackageError, QsotaError
from qsota.session.events import BLOCK, DOWNLOAD_START, DOWNLOADING, FAILED, PLAN, SUCCEEDED, Block
from qsota.session.quecthing import NEXT_BLOCK
from qsota.update.digest import Digest
from qsota.update.package import HEADER_SIZE, parse

_DOWNLOAD_MS = const(3600000)  # the module sets no limit of its own to a stalled download (T14)
_EVENT_MS = const(500)
_ERASE_GAP_MS = const(20)  # lets URCs in between two erases, which block interrupts for 45 ms
_QUIET_MS = const(12000)  # 10702 comes every 5 s; silence this long means that a URC was lost
_QUIET_ROUNDS = const(10)
_TRIES = const(5)
_CHUNK_MIN = const(16)
_PARTS = const(16)  # blocks are hardly ever smaller than this part of a package
_HEAD_READ = const(256)  # every module takes reads of this size

_OTA = const(7)


def is_same(upgrade, event):
    """True if a 10701 starts the download on record again (it may not have known the MD5)."""
    return (
        upgrade.component == event.component
        and upgrade.length == event.length
        and upgrade.md5 in (event.md5, b"")
    )


class Ended(QsotaError):
    """The module has closed the plan; there is nothing left to read."""


class Superseded(QsotaError):
    """Another offer or another component's download came; .event is its event."""

    def __init__(self, event):
        super().__init__("superseded")
        self.event = event


class Transfer:
    """The download side of an upgrade; one object, with its buffer, serves every package.

    on_progress(position, length) is called after each chunk, in bytes.
    """

    def __init__(self, quec, link, on_progress, chunk=1024):
        self._quec = quec
        self._link = link
        self._on_progress = on_progress
        self._limit = chunk
        self._buf = bytearray(chunk)
        self._view = memoryview(self._buf)
        self.position = 0

    async def fetch(self, target, upgrade, staged, block=None, resumed=False):
        """Read the whole package and verify it; the target has staged bytes of it already.

        block is the 10703 event if it already came; resumed: the MCU restarted, so it may have
        come unseen. Raises PackageError (it must not be installed), Ended, Superseded, or AtError
        when the module is gone.
        """
        self._target = target
        self._upgrade = upgrade
        self._rereads = 1
        if staged == upgrade.length:
            # The header in the slot proves the image behind it; the file's own digests cannot be
            # had again from an image that came compressed.
            log.write("the whole image is here already")
            return target.finish()
        if staged:
            log.write("%d bytes are here already" % staged)
            self._take_staged(staged)
        else:
            self._rewind()
        self._chunk = min(self._limit, await self._read_limit())
        if resumed:
            block = await self._probe_around()
            if block is None and await self._is_passed():
                raise PackageError("block-gap")
        while True:
            if block is None:
                block = await self._wait_block()
            try:
                complete = await self._read(block)
                if self.position == upgrade.length:
                    self._verify()
                    return
            except PackageError as error:
                log.write("package: " + error.reason)
                block = await self._read_again()
                if block is None:
                    raise error
                continue
            block = None
            if complete:
                await self._ask_next()

    async def unannounced(self):
        """The block that the module holds although nothing is on record, or None.

        The power failed after UPDATE=1, and 10701 and 10703 came unseen; what the file is, its
        header tells. Raises PackageError if that is none.
        """
        if not await self._can_read(0):
            return None
        head = bytearray(HEADER_SIZE)
        for _ in range(_TRIES):
            try:
                await self._read_head(memoryview(head))
                header = parse(head)
                log.write("block found by its header")
                length = HEADER_SIZE + header.payload_size
                return Block(_OTA, BLOCK, header.component, length, 0, 0)
            except (AtError, PackageError) as error:
                log.write("header: " + error.reason)
        raise PackageError("bad-header")

    async def _read_head(self, view):
        for at in range(0, HEADER_SIZE, _HEAD_READ):
            if await self._quec.read(at, view[at:], _HEAD_READ) != _HEAD_READ:
                raise PackageError("truncated")

    async def _read_again(self):
        """A byte may have changed on the wire without a trace: read the file once more (T21).

        None if that was done before, or if the module no longer holds the file from its start.
        """
        if not self._rereads:
            return None
        self._rereads -= 1
        self._rewind()
        return await self._probe_around()

    async def _read_limit(self):
        try:
            return max(_CHUNK_MIN, await self._quec.read_limit() or self._limit)
        except AtError:
            return self._limit

    def _take_staged(self, staged):
        self.position = staged
        self._digest = Digest(bool(self._upgrade.sha256))
        self._target.replay(self._digest.update)

    def _rewind(self):
        self.position = 0
        self._digest = Digest(bool(self._upgrade.sha256))
        self._target.rewind()

    # --- from one block to the next

    async def _wait_block(self):
        """The next block to read: announced by 10703, or found by probing when that was lost."""
        begun = heard = ticks_ms()
        rounds = 0
        erasing = False
        while ticks_diff(ticks_ms(), begun) < _DOWNLOAD_MS:
            # 10703 may have come during an erase, and is lost then.
            blind, erasing = erasing, self._target.erase_step()
            event = await self._quec.next_event(_ERASE_GAP_MS if erasing else _EVENT_MS)
            if event is not None:
                code = self._sort(event)
                if code == BLOCK:
                    return event
                if code:  # an offer is no sign that the download goes on
                    heard, rounds = ticks_ms(), 0
            elif self._link.restarted:
                await self._link.connect()
            elif blind and not erasing or ticks_diff(ticks_ms(), heard) > _QUIET_MS:
                block = await self._probe_around()
                if block:
                    return block
                heard = ticks_ms()
                rounds += 1
                if rounds == _QUIET_ROUNDS:
                    raise PackageError("module-silent")
        raise PackageError("download-timeout")

    def _sort(self, event):
        """The code of an OTA event that belongs to this download, 0 for any other event."""
        if event.type != _OTA:
            return 0
        if event.code == FAILED or event.code == SUCCEEDED:
            raise Ended("ended-by-module")
        if event.code == PLAN:
            if (event.component, event.target) == (self._upgrade.component, self._upgrade.target):
                return 0  # the offer that was confirmed, once more (T16)
            raise Superseded(event)
        if event.code == DOWNLOAD_START and not is_same(self._upgrade, event):
            raise Superseded(event)
        if event.code == BLOCK:
            if event.component != self._upgrade.component:
                raise Superseded(event)
            if event.length != self._upgrade.length:
                raise PackageError("wrong-length")  # T25
        return event.code

    async def _probe_around(self):
        """Ask with 1-byte reads where the module stands; there is no query for it."""
        await self._link.ensure()
        if await self._can_read(self.position):
            log.write("block found by probing at %d" % self.position)
            return Block(
                _OTA, BLOCK, self._upgrade.component, self._upgrade.length, self.position, 0
            )
        if self.position and await self._can_read(self.position - 1):
            # Still the block that was read: UPDATE=2 never reached the module.
            await self._ask_next()
        return None

    async def _is_passed(self):
        """Whether the module holds a later block: what lies before it will not come again."""
        for part in range(1, _PARTS):
            at = self._upgrade.length * part // _PARTS
            if at > self.position and await self._can_read(at):
                return True
        return False

    async def _can_read(self, position):
        try:
            return await self._quec.read(position, self._buf, 1) == 1
        except AtError:
            return False

    async def _ask_next(self):
        """UPDATE=2; not repeated when its answer is lost: a second one would skip a block (T9)."""
        try:
            await self._quec.action(NEXT_BLOCK)
        except AtError as error:
            log.write("next block: " + error.reason)

    # --- inside a block

    async def _read(self, block):
        """Read on to the end of the block; False when the block is gone before that.

        After a silent retry the blocks start at 0 again (T11); of the same file only what is
        missing is read. A block that was found by probing has size 0: its end shows when reading
        on is refused.
        """
        if block.start > self.position:
            raise PackageError("block-gap")
        length = self._upgrade.length
        end = min(length, block.start + block.size) if block.size else length
        while self.position < end:
            n = await self._read_chunk(min(self._chunk, end - self.position))
            if n == 0:
                return not block.size and await self._can_read(self.position - 1)
            data = self._view if n == len(self._buf) else self._view[:n]
            self._digest.update(data)
            self._target.write(data)
            self.position += n
            self._on_progress(self.position, length)
            if self._interrupted():
                return False
        return True

    def _interrupted(self):
        """True when events say that the module has dropped the block (T11)."""
        while True:
            event = self._quec.poll_event()
            if event is None:
                return self._link.restarted
            if self._sort(event) in (DOWNLOAD_START, DOWNLOADING):
                return True

    async def _read_chunk(self, want):
        """Bytes now in the buffer, 0 if refused; a damaged answer is asked for again (B4)."""
        for attempt in range(_TRIES):
            try:
                n = await self._quec.read(self.position, self._buf, want)
            except AtError as error:
                log.write("chunk at %d: %s" % (self.position, error.reason))
                if error.reason == "error" and attempt:
                    # The module may not take reads of this size (Q3).
                    want = max(1, want // 2)
                if self._link.restarted:
                    break
                continue
            if attempt and n == want:
                self._chunk = max(_CHUNK_MIN, want)
            return n
        return 0

    def _verify(self):
        upgrade = self._upgrade
        self._digest.matches(upgrade.length, upgrade.md5, upgrade.sha256)
        self._target.finish()
