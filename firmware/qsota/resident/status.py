# What the updater is doing, for the application, a display or a host.
from collections import namedtuple

from qsota import log

OFFLINE = "offline"
IDLE = "idle"
OFFERED = "offered"
WAITING = "waiting"  # confirmed; the module downloads
READING = "reading"
INSTALLING = "installing"
TRIAL = "trial"
REPORTING = "reporting"

Snapshot = namedtuple("Snapshot", ("phase", "component", "target", "position", "length", "reason"))


class Status:
    """Phase, progress in bytes, last failure; on_progress(snapshot) is called on each change.

    moved: bytes of a package came since somebody set it to False.
    """

    def __init__(self, on_progress=None):
        self._on_progress = on_progress
        self.phase = OFFLINE
        self.component = ""
        self.target = ""
        self.position = 0
        self.length = 0
        self.reason = ""
        self.moved = False

    def snapshot(self):
        return Snapshot(
            self.phase, self.component, self.target, self.position, self.length, self.reason
        )

    def enter(self, phase):
        """The updater goes on to phase."""
        if phase != self.phase:
            self.phase = phase
            self._tell()

    def upgrade(self, component, target, length):
        """An upgrade starts."""
        self.component, self.target, self.length = component, target, length
        self.position = 0
        self.reason = ""

    def progress(self, position, length):
        """position of length bytes of the package are here."""
        self.position, self.length = position, length
        self.moved = True
        self.enter(READING)
        self._tell()

    def fail(self, reason):
        """The upgrade, or the session with the module, failed."""
        self.reason = reason
        log.write("failed: " + reason)

    def _tell(self):
        if self._on_progress:
            log.call("on_progress", self._on_progress, self.snapshot())
