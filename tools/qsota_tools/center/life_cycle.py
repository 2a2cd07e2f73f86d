"""A plan from its activation to its end (6.7)."""

from qsota_tools.center import outcome
from qsota_tools.center.registry import OFFERED, OVER, RUNNING
from qsota_tools.center.statuses import (
    ACTIVE,
    ENDED,
    FAILED,
    PLAN_ENDED,
    PLAN_TERMINATED,
    SUSPENDED,
    TERMINATED,
    TIMED_OUT,
    UPGRADED,
    UPGRADING,
)


def activate(center, plan):
    """From now on devices get it, in turn after those that are active already."""
    plan.status = ACTIVE
    plan.activated = center.now
    plan.turn = center.new_id()
    if plan.verifies is None:
        center.live.append(plan)
    else:
        center.live.insert(0, plan)
    if plan.end is not None:
        center.schedule(plan.end, expire, plan)
    _changed(center, plan)


def suspend(center, plan):
    """Waiting devices get nothing; those that have confirmed finish."""
    plan.status = SUSPENDED
    for task in _tasks(plan, OFFERED):
        outcome.withdraw(center, task)
    _changed(center, plan)


def resume(center, plan):
    begun = any(task.count for task in plan.tasks.values())
    plan.status = UPGRADING if begun else ACTIVE
    _changed(center, plan)


def terminate(center, plan):
    """For good: those that wait fail, those that have confirmed finish."""
    plan.status = TERMINATED
    _close(center, plan, PLAN_TERMINATED)
    _changed(center, plan)


def expire(center, plan):
    """The end of the planned time."""
    if plan not in center.live or plan.end is None or center.now < plan.end:
        return
    _close(center, plan, PLAN_ENDED)
    if plan.verifies is not None:
        for task in _tasks(plan, RUNNING):
            outcome.give_up(center, task, TIMED_OUT)
    settle(center, plan)


def settle(center, plan):
    """A plan whose time is over ends with its last running device."""
    over = plan.status == TERMINATED or plan.end is not None and center.now >= plan.end
    if plan.verifies is not None:
        over = over or _tasks(plan, OVER)
    if plan not in center.live or not over or _tasks(plan, RUNNING):
        return
    if plan.verifies is not None:
        _verified(center, plan)
    center.live.remove(plan)
    plan.ended = center.now
    if plan.status != TERMINATED:
        plan.status = ENDED
    _changed(center, plan)


def _close(center, plan, reason):
    """Devices without a Task fail as well, which need not be written down for each."""
    for task in list(plan.tasks.values()):
        if task.phase not in (RUNNING, OVER):
            outcome.end(center, task, FAILED, reason)
    settle(center, plan)


def _verified(center, plan):
    package = center.packages[plan.verifies]
    if any(task.status == UPGRADED for task in plan.tasks.values()):
        package.verified = True
        package.updated = center.now
        center.touch(package)


def _tasks(plan, phase):
    return [task for task in plan.tasks.values() if task.phase == phase]


def _changed(center, plan):
    center.touch(plan)
    center.emit("plan", status=plan.status, plan=plan.id)
