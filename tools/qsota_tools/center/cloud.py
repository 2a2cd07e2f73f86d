"""A Developer Center with one device, as the bench and `qsota sim` need it: plans run one after
the other, and every plan and message shows. Runs on CPython and on MicroPython."""

from qsota_tools.center import flow, life_cycle, outcome, statuses
from qsota_tools.center.core import GRID_MS, REPLY_MS, URL_MS, Center
from qsota_tools.center.push_rules import NOW
from qsota_tools.center.registry import OVER
from qsota_tools.center.session import Session

SUCCESS = 10705
FAILURE = 10706
NOT_NEEDED = 0  # every component is at its target already

_RESULTS = {
    statuses.UPGRADED: SUCCESS,
    statuses.FAILED: FAILURE,
    statuses.NOT_NEEDED: NOT_NEEDED,
}


class Cloud(Session):
    """A Center and the session of its one module, on a clock with now(), at_us() and cancel().

    epoch_ms: the time of day at the clock's zero, so that the grid falls on :00, :10, ... of a
    real clock; the others as for Center; storage: the file server.
    """

    def __init__(
        self,
        clock,
        plans=(),
        grid_ms=GRID_MS,
        epoch_ms=0,
        reply_ms=REPLY_MS,
        url_ms=URL_MS,
        storage=None,
    ):
        super().__init__(Center(epoch_ms + clock.now(), grid_ms, reply_ms, url_ms), storage)
        self.log = []  # (ms, status, component) of every status report
        self.verdicts = []  # 10705 or 10706 for each component that got one
        self.results = []  # 10705, 10706 or NOT_NEEDED for each plan that has ended
        self.on_event = None  # fn(kind, fields), tells an observer
        self._clock = clock
        self._epoch_ms = epoch_ms
        self._timer = self._timer_ms = None
        self._plans = []
        self.center.on_event = self._event
        for plan in plans:
            self.add(plan)

    def attach(self, module):
        super().attach(module)
        self._arm()

    def add(self, plan):
        """Activate one more plan, to be executed after those before it."""
        for component in plan.components:
            self.storage.files[component.url] = component.data
        self._plans.append(plan)
        life_cycle.activate(self.center, self.center.add_plan(plan))

    @property
    def plan(self):
        """The plan in execution or next in turn, or None."""
        for plan in self._plans:
            task = self._task(plan)
            if task is None or task.phase != OVER:
                return plan
        return None

    @property
    def versions(self):
        """As the device uploaded them last."""
        return self.device.versions

    @versions.setter
    def versions(self, versions):
        self.device.versions = versions

    @property
    def sign(self):
        """What the device asked for with its last confirmation."""
        return self.device.sign

    def push(self):
        """Offer the current plan, unless the device is off-line, running it or has refused it."""
        self._now()
        flow.push(self.center, self.device, NOW)
        self._arm()

    def give_up(self):
        """The operator ends the plan that the device has begun."""
        self._now()
        outcome.give_up(self.center, self.device.task)
        self._arm()

    def state(self):
        """Where the device stands in its plan, without times."""
        task = self._task(self.plan) if self.plan else None
        if task is None:
            return []
        url = task.url_at is not None, task.url_sent
        return [task.phase, task.index, task.retries, task.refused, task.received] + list(url)

    # From the module, at the clock's time

    def connected(self, versions):
        self._now()
        super().connected(versions)
        self._arm()

    def request(self, versions):
        self._now()
        super().request(versions)
        self._arm()

    def report(self, status, component, versions=None, sign=""):
        self._now()
        super().report(status, component, versions, sign)
        self._arm()

    def notify(self, kind, **fields):
        if self.on_event:
            self.on_event(kind, fields)

    # The clock

    def _now(self):
        self.center.advance(self._epoch_ms + self._clock.now())

    def _arm(self):
        due = self.center.next_due()
        if due != self._timer_ms:
            self._clock.cancel(self._timer)
            self._timer_ms = due
            if due is not None:
                self._timer = self._clock.at_us((due - self._epoch_ms) * 1000, self._run)

    def _run(self):
        self._timer_ms = None
        self._now()
        self._arm()

    # What happened

    def _task(self, plan):
        return plan.tasks.get(self.module.identity[1]) if self.module else None

    def _event(self, kind, device, task, fields):
        if kind == "status":
            self.log.append((self._clock.now(), fields["status"], fields["component"]))
        elif kind == "verdict":
            code = SUCCESS if fields["success"] else FAILURE
            self.verdicts.append(code)
            fields = dict(fields, code=code)
            del fields["success"]
        elif kind == "plan-ended":
            result = _RESULTS[fields["status"]]
            self.results.append(result)
            names = [component.name for component in task.plan.components]
            fields = {"result": result, "components": names}
        elif kind == "offered":
            fields = {"components": fields["components"]}
        elif kind in ("registered", "requested", "url", "plan", "disconnected"):
            return
        if self.on_event:
            self.on_event(kind, fields)
