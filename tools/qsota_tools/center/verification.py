"""A package on a single device before it is in a plan (6.3): a plan of its own, for an hour."""

from qsota_tools.center import flow, life_cycle
from qsota_tools.center.catalogue import KEY_MAX, known_device
from qsota_tools.center.checks import NAME_MAX, Form, found
from qsota_tools.center.component_forms import component_of
from qsota_tools.center.plan import Plan

LIMIT_MS = 3600000


def verify(center, fields):
    """fields: package (its id), product, device (keys), component (identifier, at most 100).

    Starts at once if the device is on-line and its version matches, else when it is, within the
    hour. The Plan that runs it.
    """
    form = Form(fields)
    package = found(form, "package", form.take("package", int), center.packages)
    product = found(form, "product", form.text("product", KEY_MAX), center.products)
    key = form.text("device", KEY_MAX)
    name = form.word("component", NAME_MAX)
    if package and package.verified:
        form.wrong("package", "already-verified")
    if package and current(center, package):
        form.wrong("package", "verifying")
    if product and key:
        found(form, "device", key, product.devices)
    form.done()
    device = known_device(center, product.key, key)
    plan = center.add_plan(Plan([component_of(name, package)]))
    plan.name = package.name
    plan.product = product.key
    plan.whitelist = frozenset([key])
    plan.zone = "UTC"
    plan.start, plan.end = center.now, center.now + LIMIT_MS
    plan.verifies = package.id
    life_cycle.activate(center, plan)
    task = flow.task_of(center, plan, device)
    task.retry = True  # also at its next connection
    flow.skip_done(center, device)
    flow.push_plan(center, plan, device)
    return plan


def of_package(center, package):
    """Its verifications, the latest first."""
    plans = [plan for plan in center.plans.values() if plan.verifies == package.id]
    return sorted(plans, key=lambda plan: -plan.id)


def current(center, package):
    """The verification that is running, or None."""
    for plan in center.live:
        if plan.verifies == package.id:
            return plan
    return None
