"""Who is in a plan, where each device stands, and the sums (6.8, 6.9)."""

from qsota_tools.center.registry import Task
from qsota_tools.center.statuses import (
    DEVICE_STATUSES,
    ENDED,
    FAILED,
    NOT_RECEIVED,
    NOT_UPGRADED,
    PLAN_ENDED,
    PLAN_TERMINATED,
    TERMINATED,
    UPGRADED,
)


def scope(center, plan):
    """The devices that the plan is for, and those that had it; not those that came after it."""
    product = center.products.get(plan.product)
    if product is None:
        return []
    if plan.whitelist is not None:
        found = [product.devices[key] for key in plan.whitelist if key in product.devices]
    else:
        found = product.devices.values()
    return [d for d in found if plan.covers(d) and not (plan.ended and d.created > plan.ended)]


def status_of(plan, device):
    """(status, reason) of a device in a plan, also of one that nothing has happened to yet."""
    task = plan.tasks.get(device.key)
    if task is not None:
        return task.status, task.reason
    if plan.status == ENDED:
        return FAILED, PLAN_ENDED
    if plan.status == TERMINATED:
        return FAILED, PLAN_TERMINATED
    return NOT_UPGRADED, ""


def counts(center, plan):
    """The bar chart: each of the five statuses and how many devices have it."""
    sums = dict.fromkeys(DEVICE_STATUSES, 0)
    for device in scope(center, plan):
        sums[status_of(plan, device)[0]] += 1
    return sums


def success_rate(sums):
    """Of those that ended with success or failure; None if there are none."""
    ended = sums[UPGRADED] + sums[FAILED]
    return sums[UPGRADED] / ended if ended else None


def component_statuses(plan, device):
    """[identifier, source, target, status] of each component, in their order."""
    task = plan.tasks.get(device.key) or Task(plan, device)
    return [
        [c.name, device.version_of(c), c.target, task.components.get(c.name, NOT_RECEIVED)]
        for c in plan.components
    ]


def runs_target(plan, device):
    """Whatever the status says: the device has reported every target version.

    A device that was given up, or whose report was lost, may be well; the version is the truth.
    """
    return all(device.version_of(c) == c.target for c in plan.components if c.upgrade)
