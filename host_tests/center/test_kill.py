"""`kill -9` at any moment loses nothing that was acknowledged, and plans, timers and running
upgrades go on."""

import os
import random
from collections import defaultdict

import pytest
from killable import Killable, Killed

KILLS = 50
STEPS_MAX = 5000  # that the last plan may take
KEYS = [f"d{n}" for n in range(8)]
DAY = 86400000


class Device:
    """It goes on by itself while the service is away, and reports its last status afterwards."""

    def __init__(self, key):
        self.key = key
        self.version = "0"
        self.state = 0  # of its module
        self.offered = None
        self.url = None
        self.unsent = None  # the status that waits for an acknowledgement
        self.connected = False

    def message(self, kind, target):
        if kind == "offer" and self.state in (0, 1):
            self.offered, self.state, self.unsent = target, 1, 1
        elif kind == "url" and self.state == 2:
            self.url, self.state, self.unsent = target, 4, 4

    def next_status(self):
        """What happens in it next, without a message."""
        follows = {1: 2, 4: 5, 5: 8, 8: 9, 9: 11}
        if self.state in follows:
            self.state = self.unsent = follows[self.state]
        if self.state == 11:
            self.version, self.state = self.url, 0


class Campaign:
    """Plans one after the other for all devices, in spite of everything."""

    def __init__(self, url, files):
        self.files = files
        self.devices = {key: Device(key) for key in KEYS}
        self.service = Killable(url, files, self.message)
        self.number = 0  # of the plan
        self.plan = None
        self.acknowledged = []  # (plan, key, status): reports that must be in the log
        self.packages = {}  # name -> SHA-256, acknowledged
        self.ended = {}  # plan -> its counts, acknowledged

    def message(self, kind, key, target):
        self.devices[key].message(kind, target)

    def ask(self, *args):
        return self.service.ask(*args)

    def step(self, dice):
        """One thing that is acknowledged."""
        if self.plan is None or self.over():
            self.next_plan()
            return
        device = self.devices[dice.choice(KEYS)]
        table = [("MCU", device.version)]
        if not device.connected:
            self.ask("connect", device.key, table)
            device.connected = True
        elif device.unsent is not None:
            status = device.unsent
            self.ask("report", device.key, table, status)
            self.acknowledged.append((self.plan, device.key, status))
            if device.unsent == status:
                device.unsent = None
        elif device.state not in (0, 2):
            device.next_status()
        else:
            if device.state == 0 and device.version != self.target:
                self.ask("request", device.key, table)
            self.service.wait(0.01)

    @property
    def target(self):
        return f"v{self.number}"

    def over(self):
        done = all(d.version == self.target and d.unsent is None for d in self.devices.values())
        return done and all(d.state == 0 for d in self.devices.values())

    def next_plan(self):
        """Idempotent: after a kill it is done again."""
        if self.plan is not None:
            self.ended[self.plan] = self.ask("monitor.counts", self.plan)
            self.plan, self.number = None, self.number + 1
        if self.number == 0:
            self.ask("products.create", {"key": "p1"})
            self.ask("devices.add", "p1", KEYS)
            self.number = 1
        name = f"package {self.number:03}"
        file = self.ask("packages.upload", "app.bin", [os.urandom(5000), name.encode()])
        fields = {"name": name, "component_type": "mcu", "package_type": "full"}
        fields["target_version"] = self.target
        made = self.ask("packages.create", fields, [file["sha256"]])
        if made == "duplicate":
            (made,) = self.ask("packages.find", name)["rows"]
        self.packages[name] = made["files"][0]["sha256"]
        now = self.ask("clock.get")["now"]
        fields = {"name": f"plan {self.number:03}", "product": "p1", "zone": "UTC"}
        plan = self.ask("plans.create", {**fields, "start": now, "end": now + 3000 * DAY})
        if plan == "duplicate":
            (plan,) = self.ask("plans.find", fields["name"])["rows"]
        if plan["status"] == "saved":
            row = {"identifier": "MCU", "package": made["id"]}
            self.ask("plans.set_components", plan["id"], [row])
            assert self.ask("plans.activate", plan["id"])["status"] == "active"
        self.plan = plan["id"]

    def restarted(self):
        """After a kill: the connections are gone, and every acknowledgement must hold."""
        for device in self.devices.values():
            device.connected = False
        for name, sha256 in self.packages.items():
            (row,) = self.ask("packages.find", name)["rows"]
            assert row["files"][0]["sha256"] == sha256
            assert (self.files / sha256).stat().st_size == row["size"]
        for plan, counts in self.ended.items():
            assert self.ask("monitor.counts", plan) == counts
        logged = defaultdict(list)
        for plan in {plan for plan, _, _ in self.acknowledged}:
            for entry in self.ask("monitor.log", plan, None, 0, 100000):
                if entry["kind"] == "status":
                    logged[plan, entry["device"]].append(entry["fields"]["status"])
        told = defaultdict(list)
        for plan, key, status in self.acknowledged:
            told[plan, key].append(status)
        for who, statuses in told.items():
            assert is_part(statuses, logged[who]), (who, statuses, logged[who])


def is_part(wanted, found):
    """In that order; a repeated report is logged once."""
    rest = iter(found)
    last = None
    for status in wanted:
        if status != last and status not in rest:
            return False
        last = status
    return True


@pytest.mark.slow
def test_fifty_kills_lose_nothing_that_was_acknowledged(tmp_path):
    dice = random.Random(13)
    (tmp_path / "files").mkdir()
    campaign = Campaign(f"sqlite:///{tmp_path}/center.db", tmp_path / "files")
    service = campaign.service
    for number in range(KILLS):
        try:
            if number % 5 == 0:  # while it starts, or soon afterwards
                service.start(kill_after_s=dice.uniform(0, 0.4))
            else:
                service.start()
            campaign.restarted()
            for _ in range(dice.randrange(1, 70)):
                campaign.step(dice)
            service.kill_after(dice.uniform(0, 0.05))
            while True:
                campaign.step(dice)
        except Killed:
            pass
    service.start()
    campaign.restarted()
    for _ in range(STEPS_MAX):
        if campaign.over():
            break
        campaign.step(dice)
    counts = campaign.ask("monitor.counts", campaign.plan)
    assert counts["upgraded"] == len(KEYS) and sum(counts.values()) == len(KEYS)
    assert all(ended["upgraded"] == len(KEYS) for ended in campaign.ended.values())
    assert len(campaign.acknowledged) > 5 * KILLS and len(campaign.ended) > 2
    service.kill()
