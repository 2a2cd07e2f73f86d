"""Another try for devices that failed, one by one or in batches (6.9)."""

from qsota_tools.center import flow
from qsota_tools.center.complaints import Complaint, refuse
from qsota_tools.center.plan import MANUAL
from qsota_tools.center.registry import OVER, WAITING
from qsota_tools.center.standing import needed
from qsota_tools.center.statuses import FAILED, NOT_UPGRADED, UPGRADING


def hindrance(center, plan, device):
    """The Complaint why this device cannot have another try, or None."""
    task = plan.tasks.get(device.key)
    if plan.mode == MANUAL:
        return Complaint("plan", "retry-in-app")
    if plan.end is not None and center.now >= plan.end:
        return Complaint("plan", "plan-over")
    if plan.status != UPGRADING:
        return Complaint("plan", "plan-not-upgrading")
    if task is None or task.phase != OVER or task.status != FAILED:
        return Complaint("device", "not-failed")
    if not needed(plan, device):
        return Complaint("device", "wrong-version")
    return None


def retry(center, plan, device):
    """At once if it is on-line, at its next connection otherwise; BadInput if it cannot be."""
    complaint = hindrance(center, plan, device)
    if complaint:
        raise refuse(complaint.field, complaint.code)
    task = plan.tasks[device.key]
    task.phase, task.status, task.reason, task.ended = WAITING, NOT_UPGRADED, "", None
    task.retry = True
    task.refused = None
    center.touch(task)
    center.emit("retried", device, task)
    flow.push_plan(center, plan, device)


def retry_batch(center, plan, devices):
    """(device, Complaint) of those that cannot be tried again; the others are."""
    hindered = []
    for device in devices:
        complaint = hindrance(center, plan, device)
        if complaint:
            hindered.append((device, complaint))
        else:
            retry(center, plan, device)
    return hindered
