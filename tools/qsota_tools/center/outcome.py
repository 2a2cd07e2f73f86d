"""How a plan ends for a device, or goes back to waiting."""

from qsota_tools.center import statuses
from qsota_tools.center.registry import OFFERED, OVER, RUNNING, WAITING

SILENCE_MS = 48 * 3600000  # a confirmed device that never reports again fails then


def end(center, task, status, reason=""):
    """The plan is over for this device."""
    _leave(center, task)
    task.phase = OVER
    task.status = status
    task.reason = reason
    task.ended = center.now
    center.touch(task, task.device)
    center.emit("plan-ended", task.device, task, status=status, reason=reason)
    center.settle(task.plan)


def withdraw(center, task):
    """Back to waiting; a confirmation that comes now is not answered."""
    _leave(center, task)
    task.phase = WAITING
    task.status = statuses.NOT_UPGRADED
    center.touch(task, task.device)


def give_up(center, task, reason=statuses.GIVEN_UP):
    """End what a device was offered or has begun, but will never finish."""
    if task and task.phase in (OFFERED, RUNNING):
        end(center, task, statuses.FAILED, reason)


def listen(center, task):
    """Give a device up that was not heard for 48 hours, so that no plan hangs on it for ever."""
    if task.phase != RUNNING:
        return
    until = task.heard + SILENCE_MS
    if center.now >= until:
        give_up(center, task, statuses.SILENT_TOO_LONG)
    else:
        center.schedule(until, listen, task)


def _leave(center, task):
    if task.phase == RUNNING:
        center.running -= 1
    if task.device.task is task:
        task.device.task = None
    task.url_at, task.url_sent = None, False
    task.retries = 0
