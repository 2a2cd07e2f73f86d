"""What a plan will do, before it is activated: who gets it, who does not, and why."""

from qsota_tools.center.decide import decide
from qsota_tools.center.monitoring import scope
from qsota_tools.center.push_rules import CAPACITY, EVENT, GRID, NEVER
from qsota_tools.module.versions import NAME_MAX, VERSION_MAX


class Rehearsal:
    """gets: devices that get it; no: code of the rule that says no -> number of devices;
    examples: code -> keys of some of them; first: ms of the first push, None if there is none;
    offline: how many of those that get it have to connect first; remarks: (code, facts)."""

    def __init__(self):
        self.gets = self.offline = 0
        self.no = {}
        self.examples = {}
        self.first = None
        self.remarks = []


_EXAMPLES = 10
# What is no matter of the device: it comes by itself
_PASSING = ("online", "turn", "grid", "window", "planned-time", "rejection", "quota", "capacity")


def rehearse(center, plan, trigger=GRID):
    """The Rehearsal of a plan as if it were active now."""
    result = Rehearsal()
    devices = center.products[plan.product].devices.values()
    for device in devices:
        decision = decide(center, plan, device, trigger, assume=("status",))
        stops = [rule for rule in decision.against if _stops(rule)]
        if stops:
            code = stops[0].code
            result.no[code] = result.no.get(code, 0) + 1
            shown = result.examples.setdefault(code, [])
            if len(shown) < _EXAMPLES:
                shown.append(device.key)
            continue
        result.gets += 1
        if not device.online:
            result.offline += 1
        if decision.next is not None and (result.first is None or decision.next < result.first):
            result.first = decision.next
    result.remarks = remarks(center, plan, result)
    return result


def _stops(rule):
    return rule.waits == NEVER or rule.waits == EVENT and rule.code not in _PASSING


def remarks(center, plan, result):
    """What is allowed but hardly meant: (code, facts)."""
    found = []
    for component in plan.components:
        name, target = component.name, component.target
        if len(name) > NAME_MAX or len(target) > VERSION_MAX:
            found.append(("module-cannot", {"component": name}))
        if component.source and result.no.get("version"):
            found.append(("delta-skips", {"component": name, "count": result.no["version"]}))
    covered = len(scope(center, plan))
    if covered > CAPACITY:
        found.append(("capacity", {"count": covered, "limit": CAPACITY}))
    if not covered:
        found.append(("nobody", {}))
    elif result.gets and result.first is None:
        found.append(("never-in-window", {}))
    for other in center.live:
        if other.verifies is None and other.product in (None, plan.product):
            both = len([1 for device in scope(center, other) if plan.covers(device)])
            if both:
                found.append(("other-plan", {"plan": other.name, "count": both}))
    return found
