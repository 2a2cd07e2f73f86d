# What the module says unasked, kept as it came until a session has time for it.
from micropython import const

_ROOM = const(16)
_PREFIX = b"+QIOTEVT:"
_KINDS = (b"1", b"2", b"3", b"6", b"7", b"8")
_NEWS = (b"3", b"7")
_RECEIVE = b"5"
_RAW_CODES = (b"10200", b"10210")
_DIGITS = const(9)


class Inbox:
    """lines: event lines, at most 16, the oldest goes; `gone` counts those.

    restarted: the module has started since somebody set this to False. life: the run of an updater
    that takes the lines; there is one at a time.
    """

    def __init__(self, at):
        self.lines = []
        self.gone = 0
        self.restarted = False
        self.life = None
        at.subscribe(_PREFIX, self._on_event)
        at.subscribe(b"RDY", self._on_ready)

    def _on_ready(self, line):
        self.restarted = True

    def _on_event(self, line):
        fields = line[len(_PREFIX) :].strip().split(b",")
        if fields[0] in _KINDS:
            if len(self.lines) == _ROOM:
                self.lines.pop(0)
                self.gone += 1
            self.lines.append(line)
        elif fields[0] == _RECEIVE and len(fields) > 2 and fields[1] in _RAW_CODES:
            # An unbuffered "received" event: so many raw bytes follow it (B10).
            length = fields[2].strip()
            return int(length) if length.isdigit() and len(length) <= _DIGITS else 0
        return 0

    def has_news(self):
        """Whether an event about an upgrade or the subscription waits."""
        for line in self.lines:
            if line[len(_PREFIX) :].strip()[:1] in _NEWS:
                return True
        return False
