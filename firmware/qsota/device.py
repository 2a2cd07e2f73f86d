# Puts the parts together for an application: `Device()`, then updater(), confirm(), feed().
from time import ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.boot import loader
from qsota.resident.at_client import AtClient
from qsota.session.connect import Link
from qsota.session.offer import Offers
from qsota.session.policy import Policy
from qsota.session.quecthing import QuecThing
from qsota.session.report import Reporter
from qsota.session.session import Session
from qsota.session.status import Status
from qsota.session.updater import Updater
from qsota.session.watch import Watch
from qsota.update.attempt import Attempt
from qsota.update.journal import Journal
from qsota.update.package import COMPONENT_MAX, valid_name
from qsota.update.target import SlotTarget
from qsota.update.transfer import Transfer

# What recovery reports: no version of the application is running.
_NO_VERSION = "recovery"
_TRIES = const(3)


class Device:
    """This board: the slot that runs, its version, and the module behind the UART.

    version: of the running image, "recovery" when none runs; trial: it is not confirmed yet;
    at: the AT client, to be shared with the application's own commands.
    """

    def __init__(self):
        state = loader.ready()
        self.board = state.board
        self._wdt = state.wdt
        self._booted = ticks_ms()
        self.journal = Journal(state.records, state.record, state.slot)
        slot = self.journal.running
        self.version = _NO_VERSION if slot is None else self.journal.record.slots[slot].version
        self.component = self.board.component
        self._uart = self.board.uart()
        self.at = AtClient(self._uart)
        self._link = None
        self._updater = None

    @property
    def trial(self):
        """True until confirm(): a reset without it counts against the new image."""
        return self.journal.trial()

    def confirm(self):
        """The application's self-test passed: keep this image and report its version.

        False if flash refused to record that: the trial goes on, and it may be called again.
        """
        for _ in range(_TRIES):
            if not self.trial:
                return True
            log.call("confirm", self.journal.confirm)
        return not self.trial

    def revert(self, reason="self-test"):
        """The self-test failed: restart into the previous image, which reports its own version.

        reason: any text; its first 32 bytes are kept.
        """
        if self.trial:
            # Where flash refuses it, the reset still costs the new image one of its attempts.
            log.call("revert", self.journal.revert, reason)
            self.board.reset()

    def feed(self):
        """Feed the watchdog of a trial boot, every few seconds; ends a trial past its deadline."""
        if self._wdt:
            self._wdt.feed()
        if self.trial and ticks_diff(ticks_ms(), self._booted) > self.board.trial_deadline_ms:
            self.revert("trial-deadline")

    def lasted(self):
        """This start was a good one: before a reset or a deep sleep of the application's own."""
        loader.lasted()

    def _power(self):
        # Only a board that is wired for it carries the code.
        config = self.board.config
        if "module_pins" not in config and "fast_baud" not in config["uart"]:
            return None
        from qsota.session.module_power import ModulePower

        return ModulePower(self.board, self._uart)

    def updater(
        self,
        on_progress=None,
        battery=None,
        signal=None,
        consent=None,
        targets=None,
        feed=None,
    ):
        """The updater; run its run() as a task. One that was made before is stopped.

        Policy callables as in policy.py (signal defaults to the module's CSQ); targets maps the
        names of further components to their targets; feed() is called between the steps of long
        work, for a watchdog of the application's own. ValueError for a name that the cloud's
        plans cannot have.
        """
        if self._updater:
            self._updater.stop()
        if self._link is None:
            self._connect()
        quec, link, journal = self._quec, self._link, self.journal
        state = Status(on_progress)
        every = {self.component: SlotTarget(self.board, journal, self.version, self._feeder(feed))}
        every.update(targets or {})
        if not all(valid_name(name, COMPONENT_MAX) for name in every):
            raise ValueError("bad component name")
        watch = Watch()
        policy = Policy(battery, signal or quec.signal, consent)
        offers = Offers(quec, journal, policy, every, state, watch)
        transfer = Transfer(quec, link, state.progress, self.board.chunk)
        reporter = Reporter(quec, link, journal, every)
        attempt = Attempt(quec, link, journal, transfer, every, state, offers)
        session = Session(quec, link, journal, transfer, reporter, offers, attempt, watch)
        session.platform_confirms = self.board.platform_confirms
        self._updater = Updater(session, link, self.board.reset)
        return self._updater

    def _connect(self):
        settings = self.board.settings()
        known = "pk" in settings and "ps" in settings
        product = (settings["pk"], settings["ps"]) if known else None
        self._quec = QuecThing(self.at, self.board.payload_form)
        power = self._power()
        wake, reset = (power.wake, power.reset) if power else (None, None)
        mode = self.board.register_mode
        rts = self.board.get("uart.receive", str) == "rts"
        self._link = Link(self.at, self._quec, mode, product, wake, reset, rts)

    def _feeder(self, feed):
        if feed is None:
            return self._wdt and self._wdt.feed

        def both():
            if self._wdt:
                self._wdt.feed()
            log.call("feed", feed)

        return both
