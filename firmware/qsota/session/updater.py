# The order of an upgrade: connect, report, offer, download, install, and the reset into the trial.
from asyncio import sleep_ms
from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.boot.record import NOTHING, Upgrade
from qsota.errors import AtError, AtTimeout, FlashError, PackageError, QsotaError
from qsota.session import status
from qsota.session.events import BLOCK, DOWNLOAD_START, DOWNLOADING, FAILED, PLAN, SUCCEEDED
from qsota.session.policy import ACCEPT, LATER
from qsota.session.quecthing import CONFIRM, REFUSE, UPDATING
from qsota.update.transfer import Ended, Superseded, is_same

_EVENT_MS = const(1000)
# The 10700 lines of one offer come within this; UPDATE=1 sooner than this can be refused (T15).
_OFFER_MS = const(500)
_TRIES = const(3)
_RETRY_MS = const(1000)
_BACKOFF_MS = const(10000)
_CHECK_MS = const(600000)  # a module that restarted unseen is found this late
_REQUEST_MS = const(21600000)  # a plan is asked for this often, besides the cloud's own pushes
_OTA = const(7)


class Updater:
    """Runs as long as the application does; every failure ends in a new session, never in silence.

    targets maps a component's name to its target; restart() resets the MCU into the trial.
    platform_confirms: a trial has passed as soon as it has reached the platform.
    """

    platform_confirms = False

    def __init__(self, quec, link, journal, transfer, reporter, policy, targets, state, restart):
        self._quec = quec
        self._link = link
        self._journal = journal
        self._transfer = transfer
        self._reporter = reporter
        self._policy = policy
        self._targets = targets
        self._restart = restart
        self._sha256 = True  # what the next request asks for (T20)
        self._plans = {}  # the offer that was confirmed last, by component
        self._confirmed = False  # UPDATE=1 was sent, and nothing came of it yet
        self.status = state
        self.request_ms = _REQUEST_MS

    async def run(self):
        """The updater's task; returns only where restart() does."""
        while True:
            try:
                if await self._session():
                    return self._restart()
            except QsotaError as error:
                self.status.fail(error.reason)
            except Exception as error:
                # An application's callable may raise anything; updates must stay possible.
                self.status.fail(repr(error))
            self.status.enter(status.OFFLINE)
            await sleep_ms(_BACKOFF_MS)

    # --- one registration

    async def _session(self):
        """From registration until the module restarts (False) or an image awaits trial (True)."""
        await self._link.connect()
        if self.platform_confirms and self._journal.trial():
            self._journal.confirm()
        if await self._go_on():
            return True
        await self._settle_and_ask()
        checked = ticks_ms()
        while not self._link.restarted:
            event = await self._quec.next_event(_EVENT_MS)
            if event is not None and event.type == _OTA and await self._handle(event):
                return True
            if self._journal.record.report != NOTHING:
                await self._settle_and_ask()
            elif ticks_diff(ticks_ms(), self._asked) > self.request_ms:
                await self._ask()
            if ticks_diff(ticks_ms(), checked) > _CHECK_MS:
                await self._link.ensure()
                checked = ticks_ms()
        return False

    async def _go_on(self):
        """Take up the download that the module may hold since before the MCU restarted.

        True when that led to an image which waits for its trial.
        """
        if self._journal.record.report != NOTHING or self._journal.trial():
            return False
        event = None
        if not self._journal.open_upgrade():
            try:
                event = await self._transfer.unannounced()
            except PackageError as error:
                self._journal.fail(error.reason)
            if event is None:
                return False
        return await self._handle(event)

    async def _settle_and_ask(self):
        due = self._journal.record.report != NOTHING
        self.status.enter(status.REPORTING)
        verdict = await self._reporter.settle()
        self.status.enter(status.TRIAL if self._journal.trial() else status.IDLE)
        self._asked = ticks_ms()
        # A plan that failed is left to the cloud's retry rules: asking at once could loop.
        if verdict == SUCCEEDED or not due:
            await self._ask()

    async def _ask(self):
        """Ask for a plan; the answer is a 10700 or nothing at all (T17)."""
        self._asked = ticks_ms()
        if self._journal.trial() or self._journal.open_upgrade():
            return
        try:
            await self._quec.request_plan(self._sha256)
        except AtTimeout:
            raise
        except AtError:
            log.write("no plan can be asked for now")

    # --- events

    async def _handle(self, event):
        """Act on an OTA event (None: go on with the recorded download) and on what supersedes it.

        True when an image is installed and waits for its trial.
        """
        while True:
            try:
                return await self._act(event)
            except Superseded as superseded:
                event = superseded.event

    async def _act(self, event):
        code = event.code if event else 0
        if self._journal.trial():
            return False  # the spare slot is the way back: nothing is taken on
        if code == PLAN:
            await self._offer(event)
        elif code == FAILED:
            await self._failed_early()
        elif code == DOWNLOAD_START or code == BLOCK:
            return await self._download(event.component, event)
        elif code in (0, DOWNLOADING) and self._journal.open_upgrade():
            return await self._download(self._journal.open_upgrade().component, event)
        return False

    async def _failed_early(self):
        """10706 outside a download; right after UPDATE=1 the cloud may have no SHA-256 (T20)."""
        self.status.fail("ended-by-module")
        if self._journal.open_upgrade():
            self._journal.done("ended-by-module")
        if self._confirmed and self._sha256:
            self._sha256 = False
            await self._ask()
        self._confirmed = False

    # --- the offer

    async def _offer(self, event):
        plans = {}
        end = ticks_add(ticks_ms(), _OFFER_MS)
        while event is not None:
            plans[event.component] = event
            # Other events stay in the queue: this may be the offer of a download under way (T16).
            left = max(0, ticks_diff(end, ticks_ms()))
            event = await self._quec.wait_for(_OTA, (PLAN,), left)
        self._plans = plans
        plan = list(plans.values())[-1]
        self.status.upgrade(plan.component, plan.target, plan.space)
        self.status.enter(status.OFFERED)
        decision, reason = await self._policy.decide(list(plans.values()), self._targets)
        log.write("plan for %s %s: %s %s" % (plan.component, plan.target, decision, reason))
        if decision == ACCEPT:
            if self._journal.open_upgrade():
                # The module has forgotten it; its digests must not be taken for the new one's.
                self._journal.done("superseded")
            self._confirmed = True
            await self._action(CONFIRM)
            self.status.enter(status.WAITING)
            return
        self.status.fail(reason)
        if decision != LATER:
            if reason == "already-installed":
                # The cloud works with a version that it was told long ago (T26).
                await self._quec.upload_info()
            await self._action(REFUSE)
        self.status.enter(status.IDLE)

    async def _action(self, action):
        """UPDATE=action, asked again while it is refused or unanswered; False if it stays so."""
        for _ in range(_TRIES):
            try:
                await self._quec.action(action)
                return True
            except AtError as error:
                log.write("action %d: %s" % (action, error.reason))
            await sleep_ms(_RETRY_MS)
        return False

    # --- the download

    async def _download(self, component, event):
        target = self._targets.get(component)
        if target is None:
            # Not read: the module ends it after 60 s (T13).
            self.status.fail("unknown-component")
            known = self._journal.open_upgrade()
            if known is None or known.component not in self._targets:
                return False
            # The event may have come damaged: the download on record may still be there.
            return await self._download(known.component, None)
        self._confirmed = False
        upgrade = self._upgrade(component, event, self._journal.open_upgrade())
        self.status.upgrade(component, upgrade.target, upgrade.length)
        self.status.enter(status.WAITING)
        try:
            staged = await self._transfer.begin(target, upgrade)
            if upgrade is not self._journal.open_upgrade():
                self._journal.begin(upgrade)
            block = event if event and event.code == BLOCK else None
            await self._transfer.fetch(target, upgrade, staged, block, event is None)
            return await self._install(target)
        except Ended as ended:
            self.status.fail(ended.reason)
            self._journal.done(ended.reason)
        except (PackageError, FlashError) as error:
            self.status.fail(error.reason)
            self._journal.fail(error.reason)
        return False

    def _upgrade(self, component, event, known):
        """The download to record; one whose 10701 was lost goes on with what is known (T12)."""
        if event is None or event.code == DOWNLOADING:
            return known
        if event.code == DOWNLOAD_START:
            if known and is_same(known, event):
                return known
            new = Upgrade(component, "", event.length, event.md5 or b"", event.sha256 or b"")
        else:
            if known and (known.component, known.length) == (component, event.length):
                return known
            new = Upgrade(component, "", event.length, b"", b"")
        plan = self._plans.get(component)
        if plan:
            new.target = plan.target
        return new

    async def _install(self, target):
        """The image is verified: tell the module (T7), then make it bootable."""
        self.status.enter(status.INSTALLING)
        if not await self._action(UPDATING):
            # Refused with no 10706: the module may have lost the plan; the image is good.
            if await self._quec.wait_for(_OTA, (FAILED,), 0):
                raise Ended("ended-by-module")
        target.install()
        if not target.needs_reset:
            self._journal.report_new()
        return target.needs_reset
