# The events that wait for whoever handles them, understood when somebody asks.
from asyncio import sleep_ms
from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

from qsota.session import events

_QUEUE = const(16)
_LINK_TYPES = (1, 2, 3)
_PLATFORM = const(8)  # limits and quotas: no event of an upgrade
_LOOK_MS = const(50)


class EventQueue:
    """Events that wait in `events`, at most 16, came through the inbox. `fatal` is the code of an
    event after which the module does not connect again by itself, 0 if none came."""

    def __init__(self, inbox):
        self.inbox = inbox
        self.fatal = 0
        self._events = []
        self._lines = []  # of the events
        self._link_changes = 0

    @property
    def events(self):
        """Those that wait."""
        self._take()
        return self._events

    def _take(self):
        """Understand what came; whether anything did."""
        took = False
        inbox = self.inbox.lines
        while inbox:
            line = inbox.pop(0)
            event = events.parse(line)
            if event is None:
                continue
            self._note_link(event)
            if event.type == _PLATFORM:
                continue
            if len(self._events) == _QUEUE:
                self._pop(0)
            self._events.append(event)
            self._lines.append(line)
            took = True
        return took

    def _pop(self, i):
        self._lines.pop(i)
        return self._events.pop(i)

    def give_back(self):
        """Leave the events that wait to whoever comes next."""
        self.inbox.lines[:0] = self._lines
        self._events = []
        self._lines = []

    def _note_link(self, event):
        kind = events.connection_class(event.type, event.code)
        if kind == "fatal":
            self.fatal = event.code
        elif kind == "success":
            self.fatal = 0
        if kind == "fatal" or event.type in _LINK_TYPES:
            self._link_changes += 1

    def has(self, type):
        """Whether an event of that type waits."""
        self._take()
        for event in self._events:
            if event.type == type:
                return True
        return False

    def poll_event(self):
        """The oldest event that waits, or None."""
        self._take()
        return self._pop(0) if self._events else None

    async def next_event(self, timeout_ms):
        """The oldest event, waiting for one if need be; None after timeout_ms."""
        self._take()
        if not self._events:
            await self._arrival(timeout_ms)
        return self.poll_event()

    async def wait_for(self, type, codes, timeout_ms, last=False):
        """The first event of that type with one of the codes, or None; others stay queued.

        last: it ends what the events of its type before it belonged to, so they go as well.
        """
        end = ticks_add(ticks_ms(), timeout_ms)
        while True:
            self._take()
            for i, event in enumerate(self._events):
                if event.type == type and event.code in codes:
                    self._pop(i)
                    while last and i > 0:
                        i -= 1
                        if self._events[i].type == type:
                            self._pop(i)
                    return event
            left = ticks_diff(end, ticks_ms())
            if left <= 0:
                return None
            await self._arrival(left)

    async def _arrival(self, timeout_ms):
        # Looking is cheap, and an asyncio.Event would bring tasks of a dead event loop back.
        begun = ticks_ms()
        while not self._take() and ticks_diff(ticks_ms(), begun) < timeout_ms:
            await sleep_ms(min(_LOOK_MS, timeout_ms))

    async def link_change(self, timeout_ms):
        """Wait for an event of the platform connection; it stays queued."""
        before, begun = self._link_changes, ticks_ms()
        while self._link_changes == before and ticks_diff(ticks_ms(), begun) < timeout_ms:
            await sleep_ms(_LOOK_MS)
            self._take()
