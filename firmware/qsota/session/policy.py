# May this plan be installed now? The cloud's conditions are enforced by nobody but the MCU (T24).
from qsota.update.package import VERSION_MAX, valid_name

ACCEPT = "accept"
REFUSE = "refuse"
LATER = "later"  # leave the plan unanswered: the cloud offers it again in about 10 minutes


class Policy:
    """Asks the application's callables; each may be a plain function or a coroutine function.

    battery() -> percent; signal() -> dBm or None (unknown);
    consent(plan) -> ACCEPT, REFUSE or LATER.
    """

    def __init__(self, battery=None, signal=None, consent=None):
        self._battery = battery
        self._signal = signal
        self._consent = consent

    async def decide(self, plans, targets):
        """(decision, reason) for the plans of one offer; targets maps component to target."""
        known = [plan for plan in plans if plan.component in targets]
        if not known:
            return REFUSE, "unknown-component"
        for plan in known:
            if not valid_name(plan.target, VERSION_MAX):
                return REFUSE, "bad-version"
            if plan.space > targets[plan.component].capacity:
                return REFUSE, "too-large"
        if all(targets[plan.component].version == plan.target for plan in known):
            return REFUSE, "already-installed"
        return await self._ask(known)

    async def _ask(self, plans):
        if self._battery:
            percent = await _value(self._battery())
            if percent < max(plan.battery for plan in plans):
                return LATER, "battery-low"
        if self._signal:
            dbm = await _value(self._signal())
            if dbm is None or dbm < max(plan.signal for plan in plans):
                return LATER, "signal-weak"
        if self._consent:
            for plan in plans:
                answer = await _value(self._consent(plan))
                if answer != ACCEPT:
                    return answer, "no-consent"
        return ACCEPT, ""


async def _value(result):
    # A coroutine function was passed when its result can be awaited rather than compared.
    if hasattr(result, "send"):
        return await result
    return result
