"""Upgrade plans as forms: basic information, lists, strategy (6.4). Activated plans are fixed."""

from qsota_tools.center import life_cycle
from qsota_tools.center.catalogue import KEY_MAX
from qsota_tools.center.checks import LIST, NAME_MAX, Form, found, unique
from qsota_tools.center.complaints import refuse
from qsota_tools.center.plan import BATTERY, MANUAL, REJECT_MIN, RETRIES, SIGNAL, SILENT, Plan
from qsota_tools.center.statuses import ACTIVE, SAVED, SUSPENDED, UPGRADING
from qsota_tools.center.texts import MANDATORY

HOUR_MS = 3600000
_MS_MAX = 1 << 46  # the year 4199


def create_plan(center, fields):
    """Required: name, product, zone, start, end (ms since 1970). Optional: mode ("silent" or
    "manual"), active, window ([from hour, to hour] or None), reject_min (10 to 1440), retries (0
    to 5), battery (percent), signal (dBm), whitelist and blacklist (device keys, or None)."""
    form = Form(fields)
    plan = Plan()
    name = form.text("name", NAME_MAX)
    unique(form, "name", name, listed(center))
    product = found(form, "product", form.text("product", KEY_MAX), center.products)
    plan.product = product.key if product else None
    _fill(center, plan, form)
    form.done()
    plan.name = name
    return center.add_plan(plan)


def edit_plan(center, id, fields):
    """The same fields, each optional, but the product; only before the activation."""
    plan = saved_plan(center, id)
    form = Form(fields)
    if "product" in form:
        form.drop("product")
        form.wrong("product", "fixed")
    name = form.text("name", NAME_MAX, plan.name)
    unique(form, "name", name, [other for other in listed(center) if other is not plan])
    draft = Plan()
    draft.product = plan.product
    _fill(center, draft, form, plan)
    form.done()
    for field in _FIELDS:
        setattr(plan, field, getattr(draft, field))
    plan.strategy(draft.battery, draft.signal)
    plan.name = name
    center.touch(plan)
    return plan


_FIELDS = ("zone", "start", "end", "mode", "active", "window", "reject_ms", "retries") + (
    "whitelist",
    "blacklist",
)


def _fill(center, plan, form, old=None):
    """Set what the form has; where it has nothing, what `old` has, or the platform's default."""

    def default(field, value):
        return {} if old is None and value is None else {"default": _value(old, field, value)}

    plan.zone = _zone(center, form, **default("zone", None))
    plan.start = form.number("start", 0, _MS_MAX, **default("start", None))
    plan.end = form.number("end", 0, _MS_MAX, **default("end", None))
    if plan.start is not None and plan.end is not None and plan.end <= plan.start:
        form.wrong("end", "end-before-start")
    plan.mode = form.choice("mode", (SILENT, MANUAL), _value(old, "mode", SILENT))
    plan.active = form.flag("active", _value(old, "active", True))
    plan.window = _window(form, old)
    reject_min = old.reject_ms // 60000 if old else REJECT_MIN
    plan.reject_ms = (form.number("reject_min", 10, 1440, reject_min) or 0) * 60000
    plan.retries = form.number("retries", 0, RETRIES, _value(old, "retries", RETRIES))
    battery = form.number("battery", 0, 100, _value(old, "battery", BATTERY))
    signal = form.number("signal", -140, 0, _value(old, "signal", SIGNAL))
    plan.whitelist = _devices(center, form, "whitelist", plan, _value(old, "whitelist", None))
    listed = _devices(center, form, "blacklist", plan, _value(old, "blacklist", None))
    plan.blacklist = listed or frozenset()
    if not form.complaints:
        plan.strategy(battery, signal)


def _value(old, field, value):
    return value if old is None else getattr(old, field)


def _zone(center, form, **default):
    zone = form.text("zone", NAME_MAX, **default)
    if zone is not None:
        try:
            center.offset(zone, center.now)
        except ValueError:
            form.wrong("zone", "unknown-zone", value=zone)
    return zone


def _window(form, old):
    default = list(old.window) if old and old.window else None
    hours = form.take("window", LIST, default, null=True)
    if hours is None:
        return None
    whole = [hour for hour in hours if type(hour) is int and 0 <= hour <= 24]
    if len(hours) != 2 or len(whole) != 2 or whole[0] == 24:
        form.wrong("window", "whole-hours")
    elif whole[0] == whole[1]:
        form.wrong("window", "shorter-than-an-hour")
    elif whole[0] != 0 or whole[1] != 24:
        return tuple(whole)
    return None


def _devices(center, form, field, plan, default):
    keys = form.words(field, KEY_MAX, default)
    product = center.products.get(plan.product)
    if keys is None or product is None:
        return None
    unknown = [key for key in keys if key not in product.devices]
    if unknown:
        form.wrong(field, "unknown-devices", count=len(unknown), first=unknown[0])
    return frozenset(keys)


# What else the plan's page has buttons for


def listed(center):
    """The plans that the plan list shows: verifications are none."""
    return [plan for plan in center.plans.values() if plan.verifies is None]


def known_plan(center, id):
    plan = known_run(center, id)
    if plan.verifies is not None:
        raise refuse("plan", "unknown", value=id)
    return plan


def known_run(center, id):
    """A plan, or a verification."""
    plan = center.plans.get(id)
    if plan is None:
        raise refuse("plan", "unknown", value=id)
    return plan


def saved_plan(center, id):
    """The plan, if it may still be changed."""
    plan = known_plan(center, id)
    _require(plan, SAVED)
    return plan


def delete_plan(center, id):
    plan = saved_plan(center, id)
    del center.plans[plan.id]
    center.remove(plan)


def activate(center, id):
    """BadInput with all that is missing."""
    plan = saved_plan(center, id)
    form = Form({})
    if not any(component.upgrade for component in plan.components):
        form.wrong("components", "no-components")
    if plan.end <= center.now:
        form.wrong("end", "already-over")
    if plan.mode == MANUAL:
        missing = [language for language in MANDATORY if language not in plan.texts]
        if missing:
            form.wrong("texts", "text-missing", languages=", ".join(missing))
    form.done()
    life_cycle.activate(center, plan)
    return plan


def suspend(center, id):
    plan = known_plan(center, id)
    _require(plan, ACTIVE, UPGRADING)
    life_cycle.suspend(center, plan)
    return plan


def resume(center, id):
    plan = known_plan(center, id)
    _require(plan, SUSPENDED)
    life_cycle.resume(center, plan)
    return plan


def terminate(center, id):
    plan = known_plan(center, id)
    _require(plan, ACTIVE, UPGRADING, SUSPENDED)
    life_cycle.terminate(center, plan)
    return plan


def _require(plan, *allowed):
    if plan.status not in allowed:
        raise refuse("status", "not-in-status", status=plan.status)
