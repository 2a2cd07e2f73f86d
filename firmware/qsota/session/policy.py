# May this plan be installed now? The cloud's conditions are enforced by nobody but the MCU (T24).
import asyncio
from asyncio import sleep_ms

from micropython import const

from qsota import log
from qsota.session.names import VERSION_MAX, valid_name
from qsota.session.targets import capacity_of, version_of

ACCEPT = True
REFUSE = False
LATER = None  # leave the plan unanswered: the cloud offers it again in about 10 minutes

_TRIES = const(3)
_PAUSE_MS = const(1000)
_ANSWER_MS = const(300000)
_INSTALLED = "already-installed"


class Policy:
    """Asks the application's callables; each may be a plain function or a coroutine function.

    battery() -> percent; signal() -> dBm; consent(plan) -> True, False, or anything else for
    later. One that fails, or returns no number, is asked up to three times; then it is later.
    """

    def __init__(self, battery=None, signal=None, consent=None):
        self._battery = battery
        self._signal = signal
        self._consent = consent

    async def decide(self, plans, targets):
        """(ACCEPT, REFUSE or LATER, reason) for the plans of one offer.

        targets maps component to target. One answer is for all of them, so a component that must
        not be installed does not keep another one from it: its package is refused when it comes.
        """
        good, bad = [], []
        for plan in plans:
            reason = refusal(plan, targets)
            if reason:
                bad.append(reason)
            else:
                good.append(plan)
        if not good:
            # A version that runs already is the cloud's to learn, whatever else is in the plan.
            return REFUSE, _INSTALLED if _INSTALLED in bad else bad[0]
        return await self._ask(good)

    async def _ask(self, plans):
        if self._battery:
            percent = await _number("battery", self._battery)
            if percent is None or not percent >= max([plan.battery for plan in plans]):
                return LATER, "battery-unknown" if percent is None else "battery-low"
        # A condition that nobody has set comes as 0, and no signal is as strong as 0 dBm.
        least = [plan.signal for plan in plans if plan.signal < 0]
        if self._signal and least:
            dbm = await _number("signal", self._signal)
            if dbm is None or not dbm >= max(least):
                return LATER, "signal-weak"
        if self._consent:
            for plan in plans:
                answer = await _answer("consent", self._consent, plan)
                if answer is not True:
                    return REFUSE if answer is False else LATER, "no-consent"
        return ACCEPT, ""


def refusal(plan, targets):
    """Why this component must not be installed, or ""."""
    target = targets.get(plan.component)
    if target is None:
        return "unknown-component"
    if not valid_name(plan.target, VERSION_MAX):
        return "bad-version"
    if plan.space > capacity_of(target):
        return "too-large"
    return _INSTALLED if version_of(target) == plan.target else ""


async def _number(what, fn):
    """What fn() says, or None: an answer that was damaged on the way is asked for again."""
    for left in range(_TRIES - 1, -1, -1):
        value = await _answer(what, fn)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        if left:
            await sleep_ms(_PAUSE_MS)


async def _answer(what, fn, *args):
    """What fn(*args) says; None if it fails, or takes too long."""
    return await log.ask(what, asyncio.wait_for_ms, log.ask(what, fn, *args), _ANSWER_MS)
