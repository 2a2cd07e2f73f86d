"""A part of a fleet: so many of its devices, with a Developer Center and a plan of their own."""

import os
import resource
import sys
from collections import Counter
from typing import Any

from qsota_tools.center import life_cycle, monitoring, retrying, zones
from qsota_tools.center.core import Center
from qsota_tools.center.plan import Plan
from qsota_tools.center.registry import Device, Task
from qsota_tools.center.statuses import FAILED, UPGRADED
from qsota_tools.common.dice import Dice
from qsota_tools.fleet.breed import MINUTE_MS, breed
from qsota_tools.fleet.fleet_device import FleetDevice
from qsota_tools.fleet.spec import PRODUCT, Spec
from qsota_tools.fleet.turn import sharing
from qsota_tools.fleet.uplink import Uplink
from qsota_tools.fleet.users import have_user
from qsota_tools.fleet.world import World
from qsota_tools.module.download import Storage
from qsota_tools.proof.lab.edges import CONFIG
from qsota_tools.proof.lab.packages import image

_SWITCHED_ON_MIN = 20  # the first device after 0 minutes, the last one after so many
_ACTIVATED_MIN = 10
_LOOK_MIN = 5
_PATIENCE_MIN = 180  # after the plan's end
_RETRIED_H = (3, 6)  # after the activation, or when nothing runs any more: all that have failed
_FIRST_IMEI = 860000000000001

Counts = dict[str, Any]


class Part:
    """Devices number first to first + count - 1 of the spec's fleet, each determined by its
    number and the spec's seed alone."""

    def __init__(self, spec: Spec, first: int, count: int):
        self._spec = spec
        self._center = Center(spec.begin_ms, offset=zones.offset)
        self._plan: Plan = spec.make_plan(self._center)
        self._world = World(self._center, spec.begin_ms)
        self._events: Counter[str] = Counter()
        self._befell: Counter[str] = Counter()
        self._retried: set[str] = set()
        self._center.on_event = self._event
        config = CONFIG | {"component": spec.component}
        images = {version: image(version, spec.size) for version in (spec.source, spec.target)}
        files = {c.url: c.data for c in self._plan.components}
        for number in range(first, first + count):
            self._add(number, config, images, files)

    def _add(self, number: int, config: dict, images: dict, files: dict) -> None:
        storage = Storage()
        storage.files = files
        uplink = Uplink(self._center, self._world, self._plan, storage)
        device, befallen = breed(
            *(self._spec, number, _FIRST_IMEI, uplink, config, images, 0, _SWITCHED_ON_MIN)
        )
        self._befell.update(befallen)
        have_user(self._center, self._plan, device.key, Dice(number, self._spec.seed + 1))
        self._center.register(PRODUCT, device.key)  # the platform knows it from its production
        self._world.add(device)

    def _event(self, kind: str, device: Device | None, task: Task | None, fields: dict) -> None:
        self._events[kind] += 1

    # From the first switch to the last device

    def run(self) -> Counts:
        begin = self._world.now_ms
        self._world.run(begin + _ACTIVATED_MIN * MINUTE_MS)
        life_cycle.activate(self._center, self._plan)
        end = (self._plan.end or 0) + _PATIENCE_MIN * MINUTE_MS
        looks = [self._world.now_ms + hours * 60 * MINUTE_MS for hours in _RETRIED_H]
        for until in looks:
            self._go_on(min(until, end))
            self._retry()
        self._go_on(end)
        counts = self._counts(self._world.now_ms - begin)
        for device in self._world.devices.values():
            device.stop()  # in its own turn, not in whose the garbage collector comes
        return counts

    def _go_on(self, until_ms: int) -> None:
        while self._world.now_ms < until_ms and not self._is_over():
            self._world.run(min(until_ms, self._world.now_ms + _LOOK_MIN * MINUTE_MS))

    def _is_over(self) -> bool:
        devices = self._world.devices.values()
        return all(device.over and device.cloud.plan is None for device in devices)

    def _retry(self) -> None:
        for device in monitoring.scope(self._center, self._plan):
            if retrying.hindrance(self._center, self._plan, device) is None:
                self._retried.add(device.key)
                retrying.retry(self._center, self._plan, device)
                self._world.switch_on(device.key)  # it may have to connect first

    # What came of it

    def _counts(self, virtual_ms: int) -> Counts:
        plan = self._plan
        counts: Counts = {
            "devices": len(self._world.devices),
            "statuses": Counter(monitoring.counts(self._center, plan)),
            "reasons": Counter(),
            "minutes": Counter(),  # from the activation to the verdict of an upgraded device
            "events": self._events,
            "befell": self._befell,
            "steps": self._world.steps,
            "virtual_s": virtual_ms / 1000,
            "peak_kb": {f"{os.uname().nodename} {os.getpid()}": peak_kb()},
            "problems": [],
        }
        counts |= dict.fromkeys(("dead", "wrong_images", "untrue", "late", "retried", "boots"), 0)
        counts |= dict.fromkeys(("retried_upgraded", "cuts_taken", "served"), 0)
        for device in self._world.devices.values():
            self._count(counts, device)
        return counts

    def _count(self, counts: Counts, device: FleetDevice) -> None:
        plan = self._plan
        known = self._center.register(PRODUCT, device.key)
        status, reason = monitoring.status_of(plan, known)
        runs = device.running == self._spec.target and device.over
        wrong = [p for p in device.judge.problems if p.startswith("wrong")]
        counts["boots"] += len(device.boots)
        counts["cuts_taken"] += device.cuts_taken
        counts["served"] += device.cloud.storage.served
        counts["wrong_images"] += bool(wrong)
        counts["dead"] += not device.over
        counts["late"] += status == FAILED and runs
        counts["untrue"] += status == UPGRADED and not runs
        counts["retried"] += device.key in self._retried
        counts["retried_upgraded"] += device.key in self._retried and status == UPGRADED
        if status == FAILED:
            counts["reasons"][reason] += 1
        if status == UPGRADED:
            ended = plan.tasks[device.key].ended
            counts["minutes"][(ended - plan.activated) // MINUTE_MS] += 1
        texts = [*device.judge.problems, *(() if device.over else ("dead",))]
        counts["problems"] += [f"device {device.key}: {text}" for text in texts]


def peak_kb() -> int:
    """The most memory that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


def run_part(spec: Spec, first: int, count: int) -> Counts:
    """The counts of one part; those of all parts add up to the fleet's (see figures.merge)."""
    with sharing():
        return Part(spec, first, count).run()
