# Puts the parts together for an application: `Device()`, then updater(), confirm(), feed().
from time import ticks_diff, ticks_ms

from qsota.boot import loader
from qsota.resident.at_client import AtClient
from qsota.session.connect import Link
from qsota.session.policy import Policy
from qsota.session.quecthing import QuecThing
from qsota.session.report import Reporter
from qsota.session.status import Status
from qsota.session.updater import Updater
from qsota.update.journal import Journal
from qsota.update.target import SlotTarget
from qsota.update.transfer import Transfer

# What recovery reports: no version of the application is running.
_NO_VERSION = "recovery"


class Device:
    """This board: the slot that runs, its version, and the module behind the UART.

    version: of the running image, "recovery" when none runs; trial: it is not confirmed yet;
    at: the AT client, to be shared with the application's own commands.
    """

    def __init__(self):
        state = loader.state
        self.board = state.board
        self._wdt = state.wdt
        self._booted = ticks_ms()
        self.journal = Journal(state.records, state.record, state.slot)
        slot = self.journal.running
        self.version = _NO_VERSION if slot is None else self.journal.record.slots[slot].version
        self.component = self.board.component
        self._uart = self.board.uart()
        self.at = AtClient(self._uart)

    @property
    def trial(self):
        """True until confirm(): a reset without it counts against the new image."""
        return self.journal.trial()

    def confirm(self):
        """The application's self-test passed: keep this image and report its version."""
        if self.trial:
            self.journal.confirm()

    def revert(self, reason="self-test"):
        """The self-test failed: restart into the previous image, which reports its own version."""
        if self.trial:
            self.journal.revert(reason)
            self.board.reset()

    def feed(self):
        """Feed the watchdog of a trial boot, every few seconds; ends a trial past its deadline."""
        if self._wdt:
            self._wdt.feed()
        if self.trial and ticks_diff(ticks_ms(), self._booted) > self.board.trial_deadline_ms:
            self.revert("trial-deadline")

    def _wake(self):
        # Only a board that is wired for it carries the code.
        config = self.board.config
        if "module_pins" not in config and "fast_baud" not in config["uart"]:
            return None
        from qsota.session.module_power import ModulePower

        return ModulePower(self.board, self._uart).wake

    def updater(self, on_progress=None, battery=None, signal=None, consent=None, targets=None):
        """The updater; run its run() as a task.

        Policy callables as in policy.py (signal defaults to the module's CSQ); targets maps the
        names of further components to their targets.
        """
        settings = self.board.settings()
        known = "pk" in settings and "ps" in settings
        product = (settings["pk"], settings["ps"]) if known else None
        quec = QuecThing(self.at, self.board.payload_form)
        link = Link(self.at, quec, self.board.register_mode, product, self._wake())
        state = Status(on_progress)
        own = SlotTarget(self.board, self.journal, self.version, self._wdt and self._wdt.feed)
        every = {self.component: own}
        every.update(targets or {})
        updater = Updater(
            quec,
            link,
            self.journal,
            Transfer(quec, link, state.progress, self.board.chunk),
            Reporter(quec, link, self.journal, every),
            Policy(battery, signal or quec.signal, consent),
            every,
            state,
            self.board.reset,
        )
        updater.platform_confirms = self.board.platform_confirms
        return updater
