"""The Center's objects as dicts that JSON can hold: for pages, for the API, for scripts."""

from typing import Any

from qsota_tools.center import monitoring, verification
from qsota_tools.center.core import Center
from qsota_tools.center.decide import Decision
from qsota_tools.center.plan import MODULE, Component, Plan
from qsota_tools.center.registry import Device, Product, Task
from qsota_tools.center.rehearsal import Rehearsal
from qsota_tools.center.statuses import STEP_OF, STEPS
from qsota_tools.center.version_packages import VersionPackage

View = dict[str, Any]

_STRATEGY = ("retries", "battery", "signal")


def page(items: list, start: int, limit: int, view: Any) -> View:
    """A part of a list: {total, start, rows}."""
    rows = [view(item) for item in items[start : start + limit]]
    return {"total": len(items), "start": start, "rows": rows}


def product(center: Center, product: Product) -> View:
    devices = product.devices.values()
    plans = [p for p in center.plans.values() if p.product == product.key and p.verifies is None]
    return {
        "key": product.key,
        "name": product.name,
        "created": product.created,
        "devices": len(devices),
        "online": sum(device.online for device in devices),
        "plans": len(plans),
    }


def device(device: Device) -> View:
    task = device.task
    return {
        "product": device.product,
        "key": device.key,
        "created": device.created,
        "online": device.online,
        "seen": device.seen,
        "versions": dict(device.versions),
        "module_version": device.module_version,
        "auto_confirm": device.auto_confirm,
        "plan": {"id": task.plan.id, "name": task.plan.name, "status": task.status}
        if task
        else None,
        "progress": device.progress,
    }


def component_type(kind: int) -> str:
    return "module" if kind == MODULE else "mcu"


def package(center: Center, package: VersionPackage) -> View:
    runs = verification.of_package(center, package)
    return {
        "id": package.id,
        "name": package.name,
        "component_type": component_type(package.kind),
        "package_type": "delta" if package.delta else "full",
        "target_version": package.target,
        "source_version": package.source,
        "files": [file(f) for f in package.files],
        "size": package.size,
        "remarks": package.remarks,
        "uploader": package.uploader,
        "verified": package.verified,
        "created": package.created,
        "updated": package.updated,
        "verifications": [verified(center, plan) for plan in runs],
    }


def file(file: Any) -> View:
    return {name: getattr(file, name) for name in ("name", "size", "md5", "sha256", "crc")}


def run(plan: Plan) -> View:
    """What a device's page says of a plan or a verification."""
    strategy = {name: getattr(plan, name) for name in _STRATEGY}
    names = ("name", "verifies", "zone")
    return {name: getattr(plan, name) for name in names} | {"strategy": strategy}


def verified(center: Center, plan: Plan) -> View:
    """A verification: when, on which device, and how it went."""
    (made,) = plan.tasks.values()
    times = {"id": plan.id, "start": plan.start, "end": plan.end, "running": plan in center.live}
    return times | run(plan) | task(plan, made)


def plan(center: Center, plan: Plan) -> View:
    sums = monitoring.counts(center, plan)
    names = ("id", "name", "status", "product", "zone", "start", "end", "mode", "active")
    more = (*_STRATEGY, "verifies", "created", "activated", "ended")
    return {name: getattr(plan, name) for name in names + more} | {
        "window": plan.window and list(plan.window),
        "reject_min": plan.reject_ms // 60000,
        "whitelist": None if plan.whitelist is None else sorted(plan.whitelist),
        "blacklist": sorted(plan.blacklist),
        "components": [component(center, c) for c in plan.components],
        "texts": dict(plan.texts),
        "counts": sums,
        "devices": sum(sums.values()),
        "success_rate": monitoring.success_rate(sums),
    }


def component(center: Center, component: Component) -> View:
    package = center.packages[component.package]
    return {
        "identifier": component.name,
        "package": package.id,
        "package_name": package.name,
        "component_type": component_type(package.kind),
        "package_type": "delta" if package.delta else "full",
        "source": component.source,
        "target": component.target,
        "size": package.size,
        "versions": list(component.versions),
        "upgrade": component.upgrade,
    }


def task(plan: Plan, task: Task) -> View:
    """A device in a plan; step: of STEPS, of the component that it is at."""
    status, reason = monitoring.status_of(plan, task.device)
    rows = monitoring.component_statuses(plan, task.device)
    names = ("identifier", "version", "target", "status")
    at = task.needed[min(task.index, len(task.needed) - 1)] if task.needed else None
    step = max([STEP_OF[row[3]] for row in rows if at in (None, row[0])], default=0)
    return {
        "product": task.device.product,
        "device": task.device.key,
        "online": task.device.online,
        "status": status,
        "reason": reason,
        "started": task.started,
        "ended": task.ended,
        "count": task.count,
        "retries": task.retries,
        "retry": task.retry,
        "confirmed": task.confirmed,
        "appointed": task.appointed and list(task.appointed),
        "refused": task.refused,
        "components": [dict(zip(names, row, strict=True)) for row in rows],
        "step": STEPS[step],
        "runs_target": monitoring.runs_target(plan, task.device),
        "progress": task.device.progress if task.device.task is task else None,
    }


def decision(decision: Decision) -> View:
    """Each rule with pass or fail; next: ms of the next chance, None if there is none."""
    names = ("code", "text", "ok", "waits", "next", "facts")
    return {
        "ok": decision.ok,
        "at": decision.at,
        "next": decision.next,
        "rules": [{name: getattr(rule, name) for name in names} for rule in decision.rules],
    }


def rehearsal(result: Rehearsal) -> View:
    return {
        "gets": result.gets,
        "gets_not": sum(result.no.values()),
        "offline": result.offline,
        "no": dict(result.no),
        "examples": {code: list(keys) for code, keys in result.examples.items()},
        "first": result.first,
        "remarks": [{"code": code, "facts": facts} for code, facts in result.remarks],
    }
