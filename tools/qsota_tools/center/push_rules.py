"""The rules by which a device gets a plan or not (6.2 to 6.11), each a function of its own."""

from qsota_tools.center import statuses
from qsota_tools.center.hours import month, next_in_window, next_month, next_slot
from qsota_tools.center.plan import MANUAL, SILENT
from qsota_tools.center.registry import OFFERED, OVER, RUNNING
from qsota_tools.center.standing import cost, needed, standing

# What asks
GRID = "grid"  # the push every 10 minutes
REQUEST = "request"  # the device itself: neither push period nor "push actively" count
NOW = "now"  # the operator or the user wants it at once: likewise

CAPACITY = 10000  # devices that are upgraded at the same time (6.1)

# What a rule that says no waits for
TIME = "time"  # see Rule.next
EVENT = "event"  # something must happen first: the device connects, the user confirms
NEVER = "never"


class Rule:
    """What one rule says.

    code: "online", "window", ...; its text has the key "rule.<code>"; ok; waits: TIME, EVENT or
    NEVER if it says no; next: the first ms at which it says yes, for TIME; facts: for the text.
    """

    def __init__(self, code, ok, waits=NEVER, next=None, facts=None):
        self.code = code
        self.ok = bool(ok)
        self.waits = None if ok else waits
        self.next = None if ok else next
        self.facts = facts or {}

    @property
    def text(self):
        return "rule." + self.code


class Case:
    """A plan, a device and what asks.

    assume: codes that are taken for granted, as the dry run does with the plan's status.
    """

    def __init__(self, center, plan, device, trigger=GRID, assume=()):
        self.center = center
        self.plan = plan
        self.device = device
        self.task = plan.tasks.get(device.key)
        self.trigger = trigger
        self.assume = assume


def blocks(center, plan, device):
    """Whether later plans wait for this one: the device runs it, or can still get it."""
    task = plan.tasks.get(device.key)
    if task and task.phase in (OFFERED, RUNNING):
        return True
    if not plan.live or not plan.covers(device) or task and task.phase == OVER:
        return False
    case = Case(center, plan, device)
    if not _planned_time(case, center.now).ok or plan.mode == MANUAL and not _consents(case):
        return False
    return bool(needed(plan, device))


def _consents(case):
    """The user has confirmed, or lets plans be confirmed by themselves."""
    task = case.task
    return case.device.auto_confirm or task and (task.confirmed or task.appointed)


def _status(case, at):
    status = case.plan.status
    waits = EVENT if status in (statuses.SAVED, statuses.SUSPENDED) else NEVER
    return Rule("status", case.plan.live, waits, facts={"status": status})


def _planned_time(case, at):
    plan = case.plan
    facts = {"start": plan.start, "end": plan.end}
    if plan.end is not None and at >= plan.end:
        return Rule("planned-time", False, NEVER, facts=facts)
    begun = plan.start is None or at >= plan.start
    return Rule("planned-time", begun, TIME, plan.start, facts)


def _product(case, at):
    ok = case.plan.product in (None, case.device.product)
    return Rule("product", ok, facts={"product": case.device.product})


def _blacklist(case, at):
    return Rule("blacklist", case.device.key not in case.plan.blacklist)


def _whitelist(case, at):
    listed = case.plan.whitelist
    return Rule("whitelist", listed is None or case.device.key in listed)


def _unfinished(case, at):
    task = case.task
    over = task and task.phase == OVER
    facts = {"status": task.status, "reason": task.reason} if over else None
    return Rule("unfinished", not over, facts=facts)


def _not_running(case, at):
    running = case.task and case.task.phase == RUNNING
    return Rule("not-running", not running, NEVER)


def _turn(case, at):
    """Plans run one after the other; a verification waits for a running one only."""
    center, plan, device = case.center, case.plan, case.device
    busy = device.task.plan if device.task and device.task.phase == RUNNING else None
    if busy is not None and busy is not plan:
        return Rule("turn", False, EVENT, facts={"plan": busy.name})
    if plan.verifies is None:
        for other in center.live:
            if other is plan:
                break
            if blocks(center, other, device):
                return Rule("turn", False, EVENT, facts={"plan": other.name})
    return Rule("turn", True)


def _version(case, at):
    plan, device = case.plan, case.device
    rows = [[c.name, standing(c, device), device.version_of(c)] for c in plan.components]
    ok = any(row[1] == "needed" for row in rows)
    return Rule("version", ok, EVENT, facts={"components": rows})


def _online(case, at):
    return Rule("online", case.device.online, EVENT)


def _consent(case, at):
    """Manual plans only: nothing before the user confirmed, or in the appointed time."""
    if case.plan.mode != MANUAL:
        return None
    if not _consents(case):
        return Rule("consent", False, EVENT)
    task = case.task
    if not task or not task.appointed or task.confirmed:
        return Rule("consent", True)
    start, end = task.appointed
    facts = {"start": start, "end": end}
    if at >= end:
        return Rule("consent", False, EVENT, facts=facts)
    return Rule("consent", at >= start, TIME, start, facts)


def _push_actively(case, at):
    if case.trigger != GRID or case.plan.mode != SILENT:
        return None
    retried = case.task and case.task.retry
    return Rule("push-actively", case.plan.active or retried, EVENT)


def _rejection(case, at):
    """Silent plans that are pushed actively only."""
    plan, task = case.plan, case.task
    if plan.mode != SILENT or not plan.active:
        return None
    if not task or task.refused is None:
        return Rule("rejection", True)
    until = task.refused + plan.reject_ms
    return Rule("rejection", at >= until, TIME, until, {"until": until})


def _window(case, at):
    """The push period limits active pushes, and those to devices that confirm by themselves."""
    plan, task = case.plan, case.task
    if case.trigger != GRID or plan.window is None:
        return None
    if plan.mode == MANUAL and task and (task.confirmed or task.appointed):
        return None
    opens = next_in_window(at, plan.window, plan.zone, case.center.offset)
    facts = {"from": plan.window[0], "to": plan.window[1], "zone": plan.zone}
    return Rule("window", opens == at, TIME, opens, facts)


def _capacity(case, at):
    running = case.center.running
    return Rule("capacity", running < CAPACITY, EVENT, facts={"running": running})


def _quota(case, at):
    """Without quota there is no upgrade; what a device has is renewed every month."""
    center, device = case.center, case.device
    if center.quota is None:
        return None
    used = device.used if device.month == month(at) else 0
    left = max(0, center.quota - used) + center.topup
    price = cost(needed(case.plan, device))
    # Next month helps only if a whole month's quota is enough.
    waits = TIME if price <= center.quota + center.topup else EVENT
    return Rule("quota", price <= left, waits, next_month(at), {"left": left, "cost": price})


def _grid(case, at):
    if case.trigger != GRID:
        return None
    if not case.center.grid_ms:
        return Rule("grid", False, EVENT)
    slot = next_slot(at, case.center.grid_ms)
    return Rule("grid", slot == at, TIME, slot, {"slot": slot})


# In the order in which they are told; those that rarely say no at the end
RULES = (
    _status,
    _planned_time,
    _product,
    _blacklist,
    _whitelist,
    _unfinished,
    _not_running,
    _online,
    _turn,
    _version,
    _consent,
    _push_actively,
    _rejection,
    _window,
    _quota,
    _capacity,
    _grid,
)
TIMED = (_planned_time, _consent, _rejection, _window, _quota, _grid)
