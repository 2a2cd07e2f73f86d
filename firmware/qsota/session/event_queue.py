# The events that wait for whoever handles them, understood when somebody asks.
from asyncio import sleep_ms
from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

from qsota.session import events

_QUEUE = const(16)
_CONNECTED = const(10200)
_LAST_LINK = const(3)  # events of the types 1 to 3 tell of the connection
_PLATFORM = const(8)  # limits and quotas: no event of an upgrade
# Codes that end the connection until somebody changes the configuration or the platform; after
# every other one, known or not, the module tries again by itself.
_FATAL = {
    1: (10421, 10422, 10423, 10424, 10425, 10427, 10431, 10433, 10434, 10440),
    2: (10430, 10431, 10433, 10434, 10471, 10477, 10478),
    8: (10429,),
}
_LOOK_MS = const(50)


class EventQueue:
    """Events that wait in `events`, at most 16, came through the inbox. `fatal` is the code of an
    event after which the module does not connect again by itself, 0 if none came; `line` is the
    one of the event that was taken last, `damaged` the last one that nobody can understand."""

    def __init__(self, inbox):
        self.inbox = inbox
        self.fatal = 0
        self._events = []
        self._lines = []  # of the events
        self.line = None
        self.damaged = b""
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
                self.damaged = line
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
        self.line = self._lines.pop(i)
        return self._events.pop(i)

    def put_back(self):
        """The event that was taken last waits again, as the oldest one."""
        self._events.insert(0, events.parse(self.line))
        self._lines.insert(0, self.line)

    def give_back(self):
        """Leave the events that wait to whoever comes next."""
        self.inbox.lines[:0] = self._lines
        self._events = []
        self._lines = []

    def _note_link(self, event):
        fatal = event.code in _FATAL.get(event.type, ())
        if fatal or 0 < event.type <= _LAST_LINK:
            self._link_changes += 1
            if fatal or event.code == _CONNECTED:
                self.fatal = event.code if fatal else 0

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
