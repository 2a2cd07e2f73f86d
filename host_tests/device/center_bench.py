"""A Developer Center with devices that are played by the test: they record what they are sent."""

from qsota_tools.center import component_forms, flow, plan_forms, version_packages
from qsota_tools.center.core import Center
from qsota_tools.center.plan import file_of
from qsota_tools.module import states

MINUTE = 60000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
T0 = 1796090580000  # Tuesday, 2026-12-01, 10:03 in UTC+08:00


class Probe:
    """A device's connection: what it was offered, and the URLs that it got."""

    def __init__(self, bench, key, product):
        self._bench = bench
        self._keys = product, key
        self.online = True
        self.offers = []  # [(name, target), ...] of each 10700 batch
        self.urls = []  # the Firmware of each

    @property
    def device(self):
        return self._bench.center.register(*self._keys, session=self)

    def offer(self, components):
        self.offers.append([(c.name, c.target) for c in components])

    def firmware(self, firmware):
        self.urls.append(firmware)

    def take(self):
        """The offers since the last call."""
        taken, self.offers = self.offers, []
        return taken

    def versions(self, **versions):
        """Upload a version table."""
        self.device.versions = versions
        flow.skip_done(self._bench.center, self.device)

    def report(self, *statuses, **more):
        for status in statuses:
            if "versions" in more:
                self.versions(**more["versions"])
            component, sign = more.get("component", "MCU"), more.get("sign", "")
            flow.reported(self._bench.center, self.device, status, component, sign)

    def ask(self):
        """AT+QIOTOTAREQ; the offers that follow."""
        self.take()
        flow.requested(self._bench.center, self.device)
        self._bench.wait(1000)
        return self.take()

    def reconnect(self):
        self.online = True
        flow.connected(self._bench.center, self.device)

    def confirm(self, component="MCU"):
        self.report(states.REVICEPLAN, states.SUBMITOTA, component=component)
        self._bench.wait(1000)

    def upgrade(self, version="2_0_0"):
        """From the offer to the report of a version."""
        self.confirm()
        self.report(states.DOWNLOADSTART, states.DOWNLOADING, states.DOWNLOADSUCCESS)
        self.report(states.UPDATING)
        self.report(states.UPDATESUCCESS, versions={"MCU": version})


class Bench:
    def __init__(self, now=T0, **options):
        self.center = Center(now, **options)
        self.events = []
        self.center.on_event = lambda *event: self.events.append(event)
        self._number = 0

    @property
    def now(self):
        return self.center.now

    def wait(self, ms):
        self.center.advance(self.center.now + ms)

    def until(self, ms):
        self.center.advance(ms)

    def device(self, key="d1", product="p1", **versions):
        """A device that is on-line."""
        probe = Probe(self, key, product)
        probe.versions(**versions)
        return probe

    def package(self, target="2_0_0", size=1000, files=1, **fields):
        self._number += 1
        fields.setdefault("name", "package %d" % self._number)
        fields.setdefault("component_type", "mcu")
        fields.setdefault("package_type", "delta" if "source_version" in fields else "full")
        stored = [file_of("%d.bin" % i, b"x" * size) for i in range(files)]
        return version_packages.create_package(
            self.center, dict(fields, target_version=target), stored
        )

    def saved(self, *packages, **fields):
        """A plan that is not active yet: all of p1, silent, for 30 days from now."""
        self._number += 1
        self.center.register("p1", "d1")
        fields.setdefault("name", "plan %d" % self._number)
        fields.setdefault("product", "p1")
        fields.setdefault("zone", "UTC+08:00")
        fields.setdefault("start", self.now)
        fields.setdefault("end", self.now + 30 * DAY)
        rows = [row_of(package) for package in packages or [self.package()]]
        texts = fields.pop("texts", {"zh": "新版本", "en": "A new version"})
        plan = plan_forms.create_plan(self.center, fields)
        component_forms.set_components(self.center, plan.id, rows)
        if plan.mode == "manual":
            plan.texts.update(texts)
        return plan

    def plan(self, *packages, **fields):
        """The same, activated."""
        return plan_forms.activate(self.center, self.saved(*packages, **fields).id)

    def task(self, plan, key="d1"):
        return plan.tasks[key]


def row_of(package):
    if isinstance(package, dict):
        return package
    return {"identifier": "MCU", "package": package.id}


def slot(hour, minute=0, day=0):
    """That time of day in UTC+08:00, days after T0's."""
    return T0 - 3 * MINUTE + (hour - 10) * HOUR + minute * MINUTE + day * DAY
