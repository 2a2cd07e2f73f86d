"""The user's side of plans that are confirmed by hand (6.10), as the app calls it."""

from qsota_tools.center import flow, outcome
from qsota_tools.center.complaints import refuse
from qsota_tools.center.decide import decide
from qsota_tools.center.plan import MANUAL
from qsota_tools.center.push_rules import NOW
from qsota_tools.center.registry import OFFERED, OVER, RUNNING, WAITING
from qsota_tools.center.standing import needed
from qsota_tools.center.statuses import (
    CANCELLED,
    FAILED,
    IN_PROGRESS,
    NOT_NEEDED,
    NOT_RECEIVED,
    NOT_UPGRADED,
    STEP_OF,
    STEPS,
    UPGRADED,
)

HOUR_MS = 3600000
_OWN_MATTER = ("online", "consent", "turn", "window", "grid", "capacity", "quota")


def upgrade_plans(center, device):
    """getDeviceUpgradePlan: the manual plans that the user can confirm now."""
    return [plan for plan in center.live if _open(center, plan, device)]


def confirm(center, device, plan):
    """The platform issues the plan at once, or on the grid as soon as the device is on-line.

    A failed upgrade is tried again this way.
    """
    task = _task(center, plan, device)
    task.confirmed, task.appointed = True, None
    center.touch(task)
    center.emit("user-confirmed", device, task)
    flow.push_plan(center, plan, device)


def appoint(center, device, plan, start, end):
    """The user chooses a time of at least an hour within the planned time; ms since 1970."""
    if type(start) is not int or type(end) is not int:
        raise refuse("start", "wrong-type", wanted="a time in ms")
    if end - start < HOUR_MS:
        raise refuse("end", "shorter-than-an-hour")
    if end <= center.now:
        raise refuse("end", "already-over")
    begins, ends = plan.start or 0, plan.end
    if start < begins or ends is not None and end > ends:
        raise refuse("start", "outside-plan")
    task = _task(center, plan, device)
    task.confirmed, task.appointed = False, (start, end)
    center.touch(task)
    center.emit("user-appointed", device, task, start=start, end=end)


def cancel(center, device, plan):
    """The user does not want it: Upgrade Failed. What runs cannot be stopped."""
    task = _task(center, plan, device)
    center.emit("user-cancelled", device, task)
    outcome.end(center, task, FAILED, CANCELLED)


def set_auto_confirm(center, device, on):
    """setAutoUpgradeSwitch: plans are confirmed by themselves, within their push period."""
    if not isinstance(on, bool):
        raise refuse("auto_confirm", "wrong-type", wanted="true or false")
    device.auto_confirm = on
    center.touch(device)
    center.emit("auto-confirm", device, device.task, on=on)


def delete_upgrade(center, device, plan):
    """deleteDeviceUpgrade: forget what the user chose."""
    task = plan.tasks.get(device.key)
    if task is None or not (task.confirmed or task.appointed):
        raise refuse("device", "not-offered")
    if task.phase == RUNNING:
        raise refuse("device", "running")
    task.confirmed, task.appointed = False, None
    if task.phase == OFFERED:
        outcome.withdraw(center, task)
    center.touch(task)
    center.emit("user-forgot", device, task)


def details(plan, task):
    """getBatchUpgradeDetails, in the app's terms: deviceStatus 0 not yet, 1 under way, 2 success,
    3 failure; upgradeProgress 0 to 1 by what the device has read; space: the file's bytes."""
    components = []
    for component in plan.components:
        file = component.firmware
        status = task.components.get(component.name, NOT_RECEIVED)
        components.append(
            {
                "component": component.name,
                "comType": component.kind,
                "dataType": 1 if component.source else 0,
                "sourceVersion": component.source,
                "targetVersion": component.target,
                "upgradeStatus": status,
                "downloadStatus": STEP_OF[status] > STEPS.index("download"),
                "space": file.size,
                "fileMd5": file.md5,
                "fileSha256": file.sha256,
                "fileCrc": file.crc,
            }
        )
    return {
        "deviceStatus": _DEVICE_STATUS[task.status],
        "upgradeProgress": _progress(task),
        "components": components,
    }


_DEVICE_STATUS = {NOT_UPGRADED: 0, IN_PROGRESS: 1, UPGRADED: 2, FAILED: 3, NOT_NEEDED: 2}


def _progress(task):
    if task.status != IN_PROGRESS:
        return 1 if task.status in (UPGRADED, NOT_NEEDED) else 0
    done = task.device.progress
    if not done or done["kind"] != "read" or not done["total"]:
        return 0
    return (done["start"] + done["length"]) / done["total"]


def _open(center, plan, device):
    if plan.mode != MANUAL:
        return False
    decision = decide(center, plan, device, NOW, assume=_OWN_MATTER)
    return decision.ok


def _task(center, plan, device):
    """The device's Task if the user can still decide about it; BadInput otherwise."""
    if plan.mode != MANUAL:
        raise refuse("plan", "manual-only")
    task = plan.tasks.get(device.key)
    if task and task.phase == RUNNING:
        raise refuse("device", "running")
    if task and task.phase == OVER and task.status == FAILED and center.within(plan):
        if not needed(plan, device):
            raise refuse("device", "wrong-version")
        task.phase, task.status, task.reason, task.ended = WAITING, NOT_UPGRADED, "", None
    elif not _open(center, plan, device) and not (task and task.phase == OFFERED):
        raise refuse("device", "not-offered")
    return flow.task_of(center, plan, device)
