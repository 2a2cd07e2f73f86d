"""How an upgrade goes on with what a device reports: offer, confirmation, URL, retry, verdict.

Every function takes the Center, whose time stands at the moment of the event.
"""

from qsota_tools.center import statuses
from qsota_tools.center.decide import gets
from qsota_tools.center.hours import month
from qsota_tools.center.outcome import SILENCE_MS, end, listen, withdraw
from qsota_tools.center.push_rules import NOW, REQUEST, blocks
from qsota_tools.center.registry import OFFERED, OVER, RUNNING, WAITING, Task
from qsota_tools.center.standing import at_target, cost, needed
from qsota_tools.module.states import (
    DOWNLOADERROR,
    DOWNLOADSTART,
    NAMES,
    REFUSEDOTA,
    REVICEPLAN,
    SUBMITOTA,
    UPDATEERROR,
    UPDATESUCCESS,
)


def task_of(center, plan, device):
    """The device's progress in the plan, which begins here if it has not begun."""
    task = plan.tasks.get(device.key)
    if task is None:
        task = plan.tasks[device.key] = Task(plan, device)
        center.touch(task)
    return task


# To the device


def push(center, device, trigger):
    """Offer the plan that the device gets now, if there is one."""
    skip_done(center, device)
    for plan in list(center.live):
        if push_plan(center, plan, device, trigger):
            return True
    return False


def push_plan(center, plan, device, trigger=NOW):
    """Offer this plan, if the device gets it."""
    if not gets(center, plan, device, trigger):
        return False
    offer(center, task_of(center, plan, device), trigger)
    return True


def offer(center, task, trigger):
    """Send the plan (0x0111, a 10700 for each component)."""
    components = needed(task.plan, task.device)
    before = task.device.task
    if before is not None and before is not task:
        withdraw(center, before)
    if task.phase != OFFERED:
        task.received = False
    task.phase = OFFERED
    task.needed = [c.name for c in components]
    task.index = task.retries = 0
    task.retry = False
    task.device.task = task
    center.touch(task, task.device)
    pairs = [[c.name, c.target] for c in components]
    center.emit("offered", task.device, task, components=pairs, trigger=trigger)
    task.device.session.offer(components)


def send_url(center, task):
    """Send the current component's URL a little later; off-line at the next connection."""
    task.url_at = center.now + center.url_ms
    task.url_sent = False
    center.touch(task)
    center.schedule(task.url_at, deliver_url, task)


def deliver_url(center, task):
    due = task.url_at is not None and task.url_at <= center.now
    if not due or task.url_sent or not task.device.online:
        return
    task.url_sent = True
    component = task.current
    task.components[component.name] = statuses.COMPONENT_STATUSES[DOWNLOADSTART]
    center.touch(task)
    center.emit("url", task.device, task, component=component.name)
    task.device.session.firmware(component.firmware)


def send_url_again(center, task):
    if task.url_at is not None:
        task.url_at, task.url_sent = center.now, False
        deliver_url(center, task)


def reply(center, device):
    """The answer to a request is due."""
    if device.reply_at is not None and device.reply_at <= center.now:
        device.reply_at = None
        center.touch(device)
        push(center, device, REQUEST)


# From the device


def connected(center, device):
    task = device.task
    if task and task.url_at is not None:
        # Once more, unless a report that waited for the connection shows that it arrived.
        center.schedule(center.now + center.url_ms, send_url_again, task)
    for plan in list(center.live):
        waiting = plan.tasks.get(device.key)
        if waiting and waiting.retry:
            push_plan(center, plan, device)


def requested(center, device):
    """AT+QIOTOTAREQ (0x0115): answered with a plan or not at all."""
    device.reply_at = center.now + center.reply_ms
    center.touch(device)
    center.emit("requested", device, device.task)
    center.schedule(device.reply_at, reply, device)


def skip_done(center, device):
    """End the plans that the device does not need, in their turn."""
    for plan in list(center.live):
        task = plan.tasks.get(device.key)
        if task and task.phase == OVER or not plan.covers(device):
            continue
        if not center.within(plan) or task and task.phase == RUNNING:
            continue
        if at_target(plan, device):
            task = task_of(center, plan, device)
            for component in plan.components:
                if component.upgrade:
                    task.components[component.name] = statuses.NOT_NEEDED
            end(center, task, statuses.NOT_NEEDED)
        elif blocks(center, plan, device):
            break


def reported(center, device, status, component, sign):
    """A status report (0x0114)."""
    task = device.task
    center.emit("status", device, task, status=status, name=NAMES[status], component=component)
    if task is None or not _belongs(task, status, component):
        return
    _note(center, task, status)
    if task.phase == OFFERED:
        if status == REVICEPLAN:
            task.received = True
        elif status == SUBMITOTA:
            device.sign = sign
            _confirmed(center, task, component)
        elif status == REFUSEDOTA:
            _refused(center, task, component)
        else:
            _verdict(center, task, False)
        return
    if status != SUBMITOTA and task.url_sent:
        task.url_at, task.url_sent = None, False
    if status == DOWNLOADERROR:
        _retry(center, task, component)
    elif status in (UPDATESUCCESS, UPDATEERROR):
        _verdict(center, task, status == UPDATESUCCESS)


def _belongs(task, status, component):
    """Not a repeated report of something that is over.

    Until its URL has come, the module names the plan's last component (4.9), or none. A failure
    is one of this offer only if the device has reported that it received it.
    """
    if component and component not in task.needed[task.index :]:
        return False
    if task.phase == RUNNING:
        return status not in (REVICEPLAN, REFUSEDOTA)
    return status in (REVICEPLAN, SUBMITOTA, REFUSEDOTA) or status == UPDATEERROR and task.received


def _note(center, task, status):
    """The components' status, as the device page shows it."""
    names = [task.current.name]
    if status in (REVICEPLAN, SUBMITOTA, REFUSEDOTA):
        names = task.needed[task.index :]
    for name in names:
        task.components[name] = statuses.COMPONENT_STATUSES[status]
    task.heard = center.now
    center.touch(task)


def _confirmed(center, task, component):
    device, plan = task.device, task.plan
    task.phase = RUNNING
    task.status = statuses.IN_PROGRESS
    task.count += 1
    task.refused = None
    if task.started is None:
        task.started = center.now
    if plan.status == statuses.ACTIVE:
        plan.status = statuses.UPGRADING
        center.touch(plan)
    _charge(center, device, cost([task.component(name) for name in task.needed]))
    center.running += 1
    center.schedule(center.now + SILENCE_MS, listen, task)
    center.touch(task, device)
    center.emit("confirmed", device, task, component=component)
    send_url(center, task)


def _charge(center, device, price):
    """Against what the device has this month first, then against what was bought."""
    if center.quota is None:
        return
    if device.month != month(center.now):
        device.month, device.used = month(center.now), 0
    own = min(price, max(0, center.quota - device.used))
    device.used += own
    center.topup -= price - own
    center.touch(center)


def _refused(center, task, component):
    task.phase = WAITING
    task.refused = center.now
    task.device.task = None
    center.touch(task, task.device)
    center.emit("refused", task.device, task, component=component)


def _retry(center, task, component):
    task.retries += 1
    if task.retries > task.plan.retries:
        _verdict(center, task, False, statuses.RETRIES)
        return
    center.emit("retry", task.device, task, component=component, retry=task.retries)
    send_url(center, task)


def _verdict(center, task, success, reason=statuses.BY_DEVICE):
    component = task.current
    # The cloud grants success on the reported version, not on the module's word.
    if success and task.device.version_of(component) != component.target:
        success, reason = False, statuses.WRONG_VERSION
    task.components[component.name] = statuses.COMPONENT_STATUSES[
        UPDATESUCCESS if success else UPDATEERROR
    ]
    center.touch(task)
    name, target = component.name, component.target
    center.emit("verdict", task.device, task, success=success, component=name, target=target)
    task.index += 1
    if not success:
        end(center, task, statuses.FAILED, reason)
    elif task.index < len(task.needed):
        task.retries = 0
        send_url(center, task)
    elif at_target(task.plan, task.device):
        end(center, task, statuses.UPGRADED)
    elif center.within(task.plan):
        withdraw(center, task)  # the rest may fit a version that it reports later
    else:
        end(center, task, statuses.FAILED, statuses.PLAN_ENDED)
