"""The users of a fleet whose plan is confirmed by hand."""

from qsota_tools.center import app_side
from qsota_tools.center.complaints import BadInput
from qsota_tools.center.core import Center
from qsota_tools.center.plan import MANUAL, Plan
from qsota_tools.center.registry import Device
from qsota_tools.common.dice import Dice

_HOUR_MS = 3600000
_HOURS_MAX = 8  # until a user has looked at his phone


def have_user(center: Center, plan: Plan, key: str, dice: Dice) -> None:
    """Every second user has switched automatic confirmations on; the others confirm in the app
    within 8 hours, and look again every hour while it has nothing to confirm."""
    if plan.mode != MANUAL:
        return
    device = center.register(plan.product, key)
    if dice.once_in(2):
        device.auto_confirm = True
    else:
        first = center.now + dice.below(_HOURS_MAX * _HOUR_MS)
        center.schedule(first, _look, (plan, device))


def _look(center: Center, subject: tuple[Plan, Device]) -> None:
    plan, device = subject
    if plan not in center.live:
        return
    try:
        app_side.confirm(center, device, plan)
    except BadInput:
        center.schedule(center.now + _HOUR_MS, _look, subject)
