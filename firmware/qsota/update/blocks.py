# Where the blocks of a download begin and end: told by 10703, and found out where that was lost.
from time import ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.errors import AtError
from qsota.session.commands import NEXT_BLOCK
from qsota.session.events import BLOCK, DOWNLOAD_START, DOWNLOADING, FAILED, PLAN, SUCCEEDED, Block
from qsota.update.ends import Ended, Superseded, Unreadable, is_same

_DOWNLOAD_MS = const(3600000)  # the module sets no limit of its own to a stalled download (T14)
_EVENT_MS = const(500)
_ERASE_GAP_MS = const(20)  # lets URCs in between two erases, which block interrupts for 45 ms
_QUIET_MS = const(12000)  # 10702 comes every 5 s; silence this long means that a URC was lost
_QUIET_ROUNDS = const(10)
_SETTLE_MS = const(3000)  # after UPDATE=2 a read may get old data under new offsets (T9)
_PARTS = const(16)  # blocks are hardly ever smaller than this part of a package

_OTA = const(7)


class Blocks:
    """The blocks of one download after the other.

    What a 10703 says is a claim: an erase may have cost it digits. So a block's end counts only
    once the byte there was refused, and nothing is read beyond it.
    """

    def __init__(self, quec, link):
        self._quec = quec
        self._link = link
        self.begin(None, None)

    def begin(self, upgrade, save):
        """Another download; save(), a coroutine function, makes sure of what came so far: the
        module drops a block when it is asked for the next one."""
        self._upgrade = upgrade
        self._save = save
        self._next = 0  # where the block after the one that was passed last begins
        self._asked = None  # when UPDATE=2 was sent

    async def wait(self, position, erase):
        """The next block, announced by 10703 or found by probing, as an event; position: the first
        byte that is missing; erase(): a piece of work while nothing comes, False if none is left.

        Raises Ended, Superseded, Unreadable("module-silent", "download-timeout").
        """
        begun = heard = ticks_ms()
        rounds = 0
        blind = False  # 10703 may have come during an erase, and is lost then
        while ticks_diff(ticks_ms(), begun) < _DOWNLOAD_MS:
            erasing = erase()
            blind = blind or erasing
            event = await self._quec.next_event(_ERASE_GAP_MS if erasing else _EVENT_MS)
            if event is not None:
                code = self._sort(event)
                if code == BLOCK:
                    return event
                if code:
                    heard, rounds = ticks_ms(), 0
            elif self._link.restarted:
                await self._link.connect()
            elif self._may_look(blind and not erasing, ticks_diff(ticks_ms(), heard)):
                block = await self.look(position)
                if block:
                    return block
                heard, blind = ticks_ms(), False
                rounds += 1
                if rounds == _QUIET_ROUNDS:
                    raise Unreadable("module-silent")
        raise Unreadable("download-timeout")

    def _may_look(self, blind, quiet):
        settled = self._asked is None or ticks_diff(ticks_ms(), self._asked) > _SETTLE_MS
        return quiet > _QUIET_MS or blind and settled

    def _supersede(self):
        self._quec.put_back()
        raise Superseded("superseded")

    def _sort(self, event):
        """The code of an OTA event that belongs to this download, 0 for any other event."""
        upgrade = self._upgrade
        if event.type != _OTA:
            return 0
        if event.code == FAILED or event.code == SUCCEEDED:
            raise Ended("ended-by-module")
        if event.code == PLAN:
            self._supersede()  # also of this very package: the module has lost it (T16)
        if event.code == DOWNLOAD_START and not is_same(upgrade, event):
            self._supersede()
        if event.code == BLOCK:
            if event.component != upgrade.component:
                self._supersede()
            if event.length != upgrade.length:
                raise Unreadable("wrong-length")  # T25
        return event.code

    def dropped(self):
        """True when events say that the module has dropped the block (T11)."""
        while True:
            event = self._quec.poll_event()
            if event is None:
                return self._link.restarted
            if self._sort(event) in (DOWNLOAD_START, DOWNLOADING):
                return True

    # --- probing: there is no query for where the module stands

    async def look(self, position):
        """The block that the module holds, as an event, or None; where its end is reached, the
        next one is asked for."""
        await self._link.ensure()
        if await self._quec.holds(position):
            return await self._found(position)
        if position and await self._quec.holds(position - 1):
            # Still the block that was read: UPDATE=2 never reached the module.
            await self._ask_next(position)
            return None
        # After a silent retry the blocks start at 0 again (T11).
        for at in {self._next, 0}:
            if at < position and await self._quec.holds(at):
                return await self._found(at)
        return None

    async def _found(self, at):
        log.write("block found by probing at %d" % at)
        size = await self._search(at) - at
        return Block(_OTA, BLOCK, self._upgrade.component, self._upgrade.length, at, size)

    async def _search(self, low):
        """Where the block that holds the byte at `low` ends, by bisection."""
        high = self._upgrade.length - 1
        if await self._quec.holds(high):
            return high + 1
        while high - low > 1:
            middle = (low + high) // 2
            if await self._quec.holds(middle):
                low = middle
            else:
                high = middle
        return high

    async def end(self, block, position):
        """Where reading this block stops at the latest; Unreadable("block-gap", "empty-block")."""
        end = block.start + block.size
        if block.start <= position and block.size:
            return min(end, self._upgrade.length)
        if not await self._quec.holds(position):
            # Of a block without a byte nothing comes, however often it is fetched (§9 D4, D5).
            raise Unreadable("block-gap" if block.size else "empty-block")
        return await self._search(position)

    async def pass_on(self, end):
        """Ask for the next block where this one ends at `end`; where it goes on, that part of it
        as an event, else None."""
        if await self._quec.holds(end):
            return await self._found(end)
        if end and await self._quec.holds(end - 1):
            await self._ask_next(end)
        return None

    async def is_passed(self, position):
        """Whether the module holds a later block: what lies before it will not come again."""
        if self._asked is not None:
            return False  # the next one is on its way, and a read may still get old data (T9)
        for part in range(1, _PARTS):
            at = self._upgrade.length * part // _PARTS
            if at > position and await self._quec.holds(at):
                return True
        return False

    async def _ask_next(self, end):
        """UPDATE=2; not repeated when its answer is lost: a second one would skip a block (T9)."""
        await self._save()
        self._next = end
        self._asked = ticks_ms()
        try:
            await self._quec.action(NEXT_BLOCK)
        except AtError as error:
            log.write("next block: " + error.reason)
