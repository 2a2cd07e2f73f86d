# One session: connect, report, ask, and what the module's events lead to.
from time import ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.boot.record_data import NOTHING
from qsota.errors import AtError, AtTimeout
from qsota.resident import status
from qsota.session.events import BLOCK, DOWNLOAD_START, DOWNLOADING, FAILED, PLAN, SUCCEEDED
from qsota.session.trial import confirm

_EVENT_MS = const(1000)
_CHECK_MS = const(600000)  # a module that restarted unseen is found this late
_ANSWER_MS = const(300000)  # an answer to a request came by then, or none will
_LINGER_MS = const(3000)  # an answer to what was asked last comes by then, or a while later
_REPORTS = const(5)  # a module that never takes the report must not keep new plans away
_LINK, _OTA = const(3), const(7)
_LOOK, _SETTLE, _ASK = const(1), const(2), const(3)  # what comes before the next event
_CONNECTED = const(10200)


class Session:
    """The order of an upgrade, event by event.

    confirms: a trial has passed as soon as it has reached the platform. moved: an upgrade
    succeeded. request_ms: how often a plan is asked for. A session ends for a download that its
    intake has taken on, and the next one goes on.
    """

    confirms = False

    def __init__(self, quec, link, journal, reporter, offers, watch, intake, request_ms):
        self._quec = quec
        self._link = link
        self._journal = journal
        self._reporter = reporter
        self._offers = offers
        self._watch = watch
        self._intake = intake
        self.status = offers.status
        self._request_ms = request_ms
        self.moved = False
        self._then = 0
        self._reports = 0  # reports in a row without an answer
        self._sha256 = True  # what the next request asks for (T20)
        self._asked = ticks_ms()
        self._refused = False  # the last request was
        self._heard = False  # anything about an upgrade since the last request
        self._checked = ticks_ms()

    def keep(self):
        """What the next Session has to know."""
        return (
            self._reports,
            self._sha256,
            self._asked,
            self._refused,
            self._heard,
            self._checked,
            self._then,
        )

    def restore(self, kept):
        """Go on where another Session was."""
        (
            self._reports,
            self._sha256,
            self._asked,
            self._refused,
            self._heard,
            self._checked,
            self._then,
        ) = kept

    async def open(self):
        """The module is connected."""
        await self._reporter.tell()
        self._then = _LOOK

    async def run(self):
        """Until nothing is to be done, the module has restarted, or a download is to be taken."""
        if self._intake.back() and self._due():
            self._then = _SETTLE  # what the module says of a download that is over is old
        if self.confirms and self._journal.trial():
            confirm(self._journal.state)
        busy = ticks_ms()
        while not self._intake.download:
            if self._then:
                await self._go_on()
                busy = ticks_ms()
                continue
            if self._link.restarted or ticks_diff(ticks_ms(), busy) >= _LINGER_MS:
                break
            if self._quec.has(_OTA) or self._watch.on or self._due():
                busy = ticks_ms()
            await self._next()
            if not self._intake.download and ticks_diff(ticks_ms(), self._checked) > _CHECK_MS:
                await self._check()
                self._checked = ticks_ms()

    async def _go_on(self):
        step, self._then = self._then, 0
        if step == _LOOK:
            self._then = _SETTLE
            if not self._due():
                await self._look()
            self._checked = ticks_ms()
        elif step == _SETTLE:
            await self._settle()
        else:
            await self._ask()

    def rest_ms(self):
        """For how long nothing has to be done unless the module says something."""
        now = ticks_ms()
        asked = self._request_ms - ticks_diff(now, self._asked)
        return max(0, min(asked, _CHECK_MS - ticks_diff(now, self._checked)))

    async def _next(self):
        """One event or one second."""
        event = await self._quec.next_event(_EVENT_MS)
        if event is not None and event.type == _OTA:
            await self._act(event)
        if self._intake.download:
            return
        if self._due():
            self._then = _SETTLE
        elif self._watch.over:
            self._intake.end_unseen()
        elif self._watch.due():
            await self._look()
        elif ticks_diff(ticks_ms(), self._asked) > self._request_ms or (
            self._refused and event is not None and (event.type, event.code) == (_LINK, _CONNECTED)
        ):
            await self._ask()

    def _due(self):
        return self._journal.record.report != NOTHING

    async def _check(self):
        await self._link.ensure()
        if self._offers.lost:
            self._offers.lost = False
            return await self._ask()
        if self._heard or ticks_diff(ticks_ms(), self._asked) < _ANSWER_MS:
            return
        if not (self._journal.trial() or self._journal.open_upgrade()):
            # No answer to a request may mean that there is no plan, or that the module is in the
            # state without events or timers, in which it drops every plan (D2).
            self._heard = True
            if await self._reporter.unlock():
                await self._ask()

    async def _look(self):
        """Take up the download that the module may hold, on record or begun unseen."""
        if self._journal.trial():
            return
        if self._journal.open_upgrade():
            return await self._act(None)
        if self._quec.has(_OTA) or not self._intake.may_look():
            return  # an event says more than a read
        await self._link.ensure()
        if await self._quec.holds(0):
            self._intake.take("", None)

    async def _settle(self):
        """Report what is due, then ask for the next plan."""
        due = self._due()
        self.status.enter(status.REPORTING)
        verdict = await self._report()
        self.status.enter(status.TRIAL if self._journal.trial() else status.IDLE)
        self._asked = ticks_ms()
        # A plan that failed is left to the cloud's retry rules: asking at once could loop.
        if verdict == SUCCEEDED or not due:
            self._then = _ASK
        elif not verdict:
            self._offers.lost = True  # of which the cloud knows no end
        # The next component of the plan may have come unseen (10703 just before a reset).
        if due:
            await self._look()

    async def _report(self):
        try:
            verdict = await self._reporter.settle()
        except AtTimeout:
            self._reports += 1
            if self._reports < _REPORTS:
                raise
            log.write("the version cannot be reported")
            verdict = 0
            if self._due():
                self._journal.done()
        self._reports = 0
        self.moved = self.moved or verdict == SUCCEEDED
        return verdict

    async def _ask(self):
        """Ask for a plan; the answer is a 10700 or nothing at all (T17)."""
        self._asked = ticks_ms()
        if self._journal.trial() or self._journal.open_upgrade():
            return
        self._heard = self._refused = False
        try:
            await self._quec.request_plan(self._sha256)
        except AtTimeout:
            raise
        except AtError:
            log.write("no plan can be asked for now")
            self._refused = True

    # --- events

    async def _act(self, event):
        """Act on an OTA event (None: go on with the recorded download)."""
        code = event.code if event else 0
        self._heard = True
        self._watch.hear()
        if self._journal.trial() or self._due():
            # The spare slot is the way back; the verdict on what is done comes before what is new.
            return
        known = self._journal.open_upgrade()
        if code == PLAN:
            if await self._offers.take(event):
                self._intake.take(known.component, None)
        elif code == FAILED:
            await self._failed_early()
        elif code == DOWNLOAD_START or code == BLOCK:
            self._intake.take(event.component, event)
        elif code in (0, DOWNLOADING) and known:
            self._intake.take(known.component, event)
        elif code == DOWNLOADING:
            self._intake.expect()

    async def _failed_early(self):
        """10706 outside a download; right after UPDATE=1 the cloud may have no SHA-256 (T20)."""
        self._intake.ended()
        self.status.fail("ended-by-module")
        if self._journal.open_upgrade():
            self._journal.done("ended-by-module")
        waiting, self._offers.waiting = self._offers.waiting, False
        if waiting and self._sha256:
            self._sha256 = False
            await self._ask()
