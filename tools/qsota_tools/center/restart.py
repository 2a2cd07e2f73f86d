"""What follows from a Center's objects, after they were loaded: order, sums and timers."""

from qsota_tools.center import flow, life_cycle, outcome
from qsota_tools.center.registry import OFFERED, RUNNING
from qsota_tools.center.statuses import ACTIVE, SUSPENDED, TERMINATED, UPGRADING


def restore(center):
    """Plans, timers and upgrades go on; what fell due in the meantime is done at the next
    advance()."""
    center.live = [plan for plan in center.plans.values() if _goes_on(plan)]
    center.live.sort(key=_order)
    center.running = 0
    for plan in center.live:
        if plan.end is not None:
            center.schedule(plan.end, life_cycle.expire, plan)
        for task in plan.tasks.values():
            if task.phase == RUNNING:
                center.running += 1
                center.schedule(task.heard + outcome.SILENCE_MS, outcome.listen, task)
            if task.phase in (OFFERED, RUNNING):
                task.device.task = task
            if task.url_at is not None:
                center.schedule(task.url_at, flow.deliver_url, task)
    for product in center.products.values():
        for device in product.devices.values():
            if device.reply_at is not None:
                center.schedule(device.reply_at, flow.reply, device)


def _goes_on(plan):
    if plan.status == TERMINATED:
        return any(task.phase == RUNNING for task in plan.tasks.values())
    return plan.status in (ACTIVE, UPGRADING, SUSPENDED)


def _order(plan):
    """As activate() puts them: the latest verification first, then plans in turn."""
    return (1, plan.turn) if plan.verifies is None else (0, -plan.turn)
