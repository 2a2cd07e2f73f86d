"""What is rehearsed: a plan of the Center, and what befalls the devices meanwhile."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qsota_tools.center import complaints, plan_forms, zones
from qsota_tools.center.catalogue import create_product
from qsota_tools.center.checks import Form
from qsota_tools.center.core import Center
from qsota_tools.center.plan import Component, Plan
from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.module.versions import NAME_MAX, VERSION_MAX
from qsota_tools.proof.lab.packages import plain

PRODUCT = "p1SIMU"
_BEGIN_MS = 1780272000000  # 2026-06-01 00:00 UTC, for a plan without a planned time
_DAY_MS = 86400000
_STRATEGY = ("zone", "start", "end", "mode", "active", "window", "reject_min", "retries")
_STRATEGY += ("battery", "signal")


@dataclass(frozen=True)
class Spec:
    """plan: fields as of the plan form; component, source, target: what is upgraded from and to;
    delta: the package is one; size: bytes of the images.

    In percent of the devices: cuts: the power fails at one to three random moments of flash
    operations; links: a fault class of the link campaign until some time after the offer;
    refusals: the battery is low for a while.
    """

    plan: dict[str, Any] = field(default_factory=dict)
    component: str = "MCU"
    source: str = "1_0_0"
    target: str = "2_0_0"
    delta: bool = False
    size: int = 2500
    cuts: int = 5
    links: int = 5
    refusals: int = 5
    seed: int = 1

    @property
    def begin_ms(self) -> int:
        return self.plan.get("start", _BEGIN_MS)

    def make_plan(self, center: Center) -> Plan:
        """The plan in a Center, not active yet; BadInput as of the form."""
        create_product(center, {"key": PRODUCT})
        begin = self.begin_ms
        fields = {"zone": "UTC", "start": begin, "end": begin + _DAY_MS} | self.plan
        plan = plan_forms.create_plan(center, fields | {"name": "fleet", "product": PRODUCT})
        package = plain(self.target, self.size, component=self.component)
        source = self.source if self.delta else ""
        plan.components = [Component(self.component, self.target, package, source)]
        plan.strategy(plan.battery, plan.signal)
        return plan


def with_plan(spec: Spec, path: Path) -> Spec:
    """spec with the plan of a JSON file: what GET /api/v1/plans/ID answers, or the same fields
    written by hand. Its devices are the fleet's, so the plan's lists do not count."""
    try:
        value = json.loads(files.read_text(path))
        if not isinstance(value, dict):
            raise ValueError("no object")
    except ValueError as error:
        raise UserError(f"{path} is no plan: {error}") from None
    plan = {name: value[name] for name in _STRATEGY if name in value}
    found = replace(spec, plan=plan, **_component(path, value.get("components", [])))
    try:
        found.make_plan(Center(found.begin_ms, offset=zones.offset))
    except complaints.BadInput as error:
        raise UserError(f"{path}: {error}") from None
    return found


def _component(path: Path, rows: Any) -> dict[str, Any]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"{path}: components must be a list of objects")
    rows = [row for row in rows if row.get("upgrade", True)]
    if not rows:
        return {}
    if len(rows) > 1 or rows[0].get("component_type", "mcu") != "mcu":
        raise UserError(f"{path}: a fleet upgrades one component, and that of the MCU")
    form = Form(rows[0])
    name = form.word("identifier", NAME_MAX, "MCU")
    target = form.word("target", VERSION_MAX, "2_0_0")
    source = form.word("source", VERSION_MAX, "")
    versions = form.take("versions", list, [])
    if form.complaints:
        raise UserError(f"{path}: {complaints.BadInput(*form.complaints)}")
    first = str(versions[0]) if versions else "1_0_0"
    return {
        "component": name,
        "target": target,
        "source": source or first,
        "delta": bool(source),
    }
