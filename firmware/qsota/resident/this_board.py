# Puts the parts together for an application: `Device()`, then updater(), confirm(), feed().
from time import ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.errors import QsotaError
from qsota.resident import handover, phases, program
from qsota.resident.at_client import AtClient
from qsota.resident.inbox import Inbox
from qsota.resident.status import Status
from qsota.resident.updater import Updater

_TRIES = const(3)
_INTERFACE = const(4)  # the handover's that this file is for
_READY = "qsota.boot.ready"
_TRIAL = "qsota.session.trial"


class Device:
    """This board: the slot that runs, its version, and the module behind the UART.

    version: of the running image, "recovery" when none runs; component: its name in the cloud;
    at: the AT client, to be shared with the application's own commands. A program may have several
    of it: the UART, and the updater that runs, are one.
    """

    def __init__(self):
        if handover.INTERFACE != _INTERFACE:
            raise QsotaError("wrong-loader")
        facts = phases.call(_READY, "device")
        uart, version, self.component, self._deadline_ms, self._way = facts
        self._booted = ticks_ms()
        self.version = version
        shared = handover.state.shared
        if not shared:
            at = AtClient(uart)
            shared = handover.state.shared = at, Inbox(at)
        self.at, self._inbox = shared
        self._updater = None
        self._passed = False  # the self-test of an application that brought its own library

    @property
    def trial(self):
        """True until confirm(): a reset without it counts against the new image."""
        return handover.state.trial

    def confirm(self):
        """The application's self-test passed: keep this image and report its version.

        False if that could not be recorded, for want of memory for example: the trial goes on, and
        it may be called again. Also False as long as a library that came with the application has
        not reached the platform. Either way the updater confirms, as soon as it has.
        """
        for _ in range(0 if handover.state.library else _TRIES):
            if not self.trial:
                break
            log.call("confirm", phases.call, _TRIAL, "confirmed")
        self._passed = self.trial
        if self._updater:
            self._updater.passed = self._passed
            self._updater.call()
        return not self.trial

    def revert(self, reason="self-test"):
        """The self-test failed: restart into the previous image, which reports its own version.

        reason: any text; its first 32 bytes are kept.
        """
        if self.trial:
            # Where flash refuses it, the reset still costs the new image one of its attempts.
            log.call("revert", phases.call, _TRIAL, "reverted", reason)
            handover.state.reset()

    def feed(self):
        """Feed the watchdog of a trial boot, every few seconds; ends a trial past its deadline."""
        if handover.state.wdt:
            handover.state.wdt.feed()
        if self.trial and ticks_diff(ticks_ms(), self._booted) > self._deadline_ms:
            self.revert("trial-deadline")

    def lasted(self):
        """This start was a good one: before a reset or a deep sleep of the application's own."""
        program.lasted()

    def mount_data(self):
        """Mount the product's data area at /data, for reading and writing; once is enough."""
        phases.call("qsota.boot.data", "mount")

    def updater(
        self,
        on_progress=None,
        battery=None,
        signal=None,
        consent=None,
        targets=None,
        feed=None,
        may_restart=None,
    ):
        """The updater; run its run() as a task, which ends that of one that was made before.

        Policy callables as in policy.py (signal defaults to the module's CSQ); targets maps the
        names of further components to their targets; feed() is called between the steps of long
        work, for a watchdog of the application's own; may_restart() says False as long as the
        board must not restart for an update, which puts that off for up to 30 s before a download
        and 5 minutes before a trial. ValueError for a name that the cloud's plans cannot have.
        """
        targets = targets or {}
        if not phases.call("qsota.session.names", "are_names", [self.component] + list(targets)):
            raise ValueError("bad component name")
        callables = battery, signal, consent, targets, self._feeder(feed), may_restart
        status = Status(on_progress)
        # The one before is not stopped here: a callable of it may be what asks for this one.
        self._updater = Updater(self.at, self._inbox, status, self.version, callables)
        self._updater.passed, self._updater.way = self._passed, self._way
        return self._updater

    def _feeder(self, feed):
        wdt = handover.state.wdt
        if feed is None:
            return wdt and wdt.feed

        def both():
            if wdt:
                wdt.feed()
            log.call("feed", feed)

        return both
