"""The Developer Center as far as a device sees it: plans in order, push grid, retries, log."""

from qsota_tools.module.download import Storage
from qsota_tools.module.states import (
    DOWNLOADERROR,
    NAMES,
    REFUSEDOTA,
    SUBMITOTA,
    UPDATEERROR,
    UPDATESUCCESS,
)

SUCCESS = 10705
FAILURE = 10706
NOT_NEEDED = 0  # every component is at its target already

_WAITING, _OFFERED, _RUNNING = range(3)


class Cloud:
    """Runs plans one after the other for one device.

    grid_ms: the push grid; epoch_ms: the time of day at the clock's zero, so that the grid falls
    on :00, :10, ... of a real clock; reply_ms: from a request to its plan; url_ms: from a
    confirmation to the URL; storage: the file server.
    """

    def __init__(
        self,
        clock,
        plans=(),
        grid_ms=600000,
        epoch_ms=0,
        reply_ms=300,
        url_ms=500,
        storage=None,
    ):
        self.log = []  # (ms, status, component) of every status report
        self.verdicts = []  # 10705 or 10706 for each component that got one
        self.results = []  # 10705, 10706 or NOT_NEEDED for each plan that has ended
        self.versions = {}  # as the device uploaded them last
        self.sign = ""  # what the device asked for with its last confirmation
        self.on_event = None  # fn(kind, fields), tells an observer
        self.storage = storage or Storage()
        self._clock = clock
        self._grid_ms = grid_ms
        self._epoch_ms = epoch_ms
        self._reply_ms = reply_ms
        self._url_ms = url_ms
        self._plans = []
        self._link = self._ota = None
        self._url_event = None
        self._reset()
        for plan in plans:
            self.add(plan)

    def attach(self, link, ota):
        """The device: its connection and its OTA engine."""
        self._link, self._ota = link, ota
        self._schedule_push()

    def add(self, plan):
        """Activate one more plan, to be executed after those before it."""
        for component in plan.components:
            self.storage.files[component.url] = component.data
        self._plans.append(plan)

    @property
    def plan(self):
        """The plan in execution or next in turn, or None."""
        return self._plans[len(self.results)] if len(self.results) < len(self._plans) else None

    def notify(self, kind, **fields):
        """Tell the observer that something happened, in the cloud or in the module."""
        if self.on_event:
            self.on_event(kind, fields)

    def push(self):
        """Offer the current plan, unless the device is off-line, running it or has refused it."""
        self._skip_done()
        plan = self.plan
        if not plan or self._phase == _RUNNING or not self._link.online:
            return
        if self._clock.now() < self._refused_until:
            return
        self._needed = [c for c in plan.components if self._matches(c)]
        if self._needed:
            self._phase = _OFFERED
            self.notify("offered", components=[[c.name, c.target] for c in self._needed])
            self._ota.plan(self._needed)

    def send_url(self):
        """Send the current component's URL a little later; off-line at the next connection."""
        self._clock.cancel(self._url_event)
        self._url_due = True
        self._url_event = self._clock.after(self._url_ms, self._deliver_url)

    # From the device

    def connected(self, versions):
        """3,10200: the device sends its information."""
        self.notify("connected")
        self.upload(versions)
        if self._url_due:
            self.send_url()

    def upload(self, versions):
        """The device's version table."""
        self.versions = dict(versions)
        self.notify("versions", versions=dict(versions))
        self._skip_done()

    def request(self, versions):
        """AT+QIOTOTAREQ (0x0115): answered with a plan or not at all."""
        self.upload(versions)
        self._clock.after(self._reply_ms, self.push)

    def report(self, status, component, versions=None, sign=""):
        """A status report (0x0114); the final ones carry the version table."""
        self.log.append((self._clock.now(), status, component))
        self.notify("status", status=status, name=NAMES[status], component=component)
        if versions is not None:
            self.upload(versions)
        if status == SUBMITOTA and self._phase == _OFFERED:
            self.sign = sign
            self._confirmed(component)
        elif status == REFUSEDOTA and self._phase == _OFFERED:
            self._refused(component)
        elif status == DOWNLOADERROR and self._phase == _RUNNING:
            self._retry(component)
        elif status in (UPDATESUCCESS, UPDATEERROR) and self._phase != _WAITING:
            self._verdict(status == UPDATESUCCESS)

    # Plans

    def _reset(self):
        self._phase = _WAITING
        self._needed = []
        self._index = 0
        self._retries = 0
        self._refused_until = 0
        self._url_due = False
        self._clock.cancel(self._url_event)

    def _schedule_push(self):
        if self._grid_ms:
            rest = self._grid_ms - (self._epoch_ms + self._clock.now()) % self._grid_ms
            self._clock.after(rest, self._grid_push)

    def _grid_push(self):
        if self.plan and self.plan.active:
            self.push()
        self._schedule_push()

    def _matches(self, component):
        """A full package needs another version, a delta exactly its source."""
        version = self.versions.get(component.name)
        return version != component.target and component.source in ("", version)

    def _skip_done(self):
        while (
            self.plan
            and self._phase != _RUNNING
            and all(self.versions.get(c.name) == c.target for c in self.plan.components)
        ):
            self._end(NOT_NEEDED)

    def _confirmed(self, component):
        self._phase = _RUNNING
        self.notify("confirmed", component=component)
        self.send_url()

    def _refused(self, component):
        self._phase = _WAITING
        self._refused_until = self._clock.now() + self.plan.reject_ms
        self.notify("refused", component=component)

    def _deliver_url(self):
        if self._link.online and self._url_due:
            self._url_due = False
            self._ota.firmware(self._needed[self._index].firmware)

    def _retry(self, component):
        self._retries += 1
        if self._retries > self.plan.retries:
            self._verdict(False)
            return
        self.notify("retry", component=component, retry=self._retries)
        self.send_url()

    def _verdict(self, success):
        component = self._needed[self._index]
        # The cloud grants success on the reported version, not on the module's word.
        success = success and self.versions.get(component.name) == component.target
        code = SUCCESS if success else FAILURE
        self.verdicts.append(code)
        self.notify("verdict", code=code, component=component.name, target=component.target)
        self._index += 1
        if not success or self._index == len(self._needed):
            self._end(code)
        else:
            self._retries = 0
            self.send_url()

    def _end(self, result):
        plan = self.plan
        self.results.append(result)
        self._reset()
        self.notify("plan-ended", result=result, components=[c.name for c in plan.components])
