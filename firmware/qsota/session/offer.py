# The plans that are offered: collected, decided on, answered.
from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.errors import AtError
from qsota.resident import status
from qsota.session.commands import CONFIRM, REFUSE
from qsota.session.events import PLAN
from qsota.session.policy import ACCEPT, LATER, refusal

# The 10700 lines of one offer come within this; UPDATE=1 sooner than this can be refused (T15).
_OFFER_MS = const(500)
_TRIES = const(3)
_RETRY_MS = const(1000)
_FREE_TRIES = const(5)  # a plan that was confirmed so often and is offered again, did fail
_HOLD_MS = const(3600000)  # from then on one download in an hour is paid for
_TELL_MS = const(600000)  # the cloud is told no more often which versions run
_OTA = const(7)


class Offers:
    """Takes one offer after another; watch is told what the module owes after a confirmation.

    targets: component -> target; status: the Status of all; waiting: UPDATE=1 was sent, and
    nothing came of it yet; lost: a plan that the cloud may still have came to nothing here, so it
    has to be asked for; other: a component of it that has no target here, "" if there is none.
    """

    def __init__(self, quec, journal, policy, targets, state, watch):
        self.waiting = self.lost = False
        self.other = ""
        self._confirmed_names = ()  # (component, target) of the offer that was confirmed last
        self._quec = quec
        self._journal = journal
        self._policy = policy
        self.targets = targets
        self.status = state
        self._watch = watch
        self._confirmed = ticks_ms()  # the last time; what was before the reset is not known
        self._told = None  # when the cloud was told that a plan's version runs already

    async def take(self, event):
        """Answer an offer; True if the download on record goes on in spite of it."""
        plans = await self._collect(event)
        known = self._journal.open_upgrade()
        for plan in plans:
            if known and (plan.component, plan.target) == (known.component, known.target):
                # The module takes a plan only when it is not downloading: it has lost this one.
                return await self._confirm() is False
        self.status.upgrade(event.component, event.target, event.space)
        self.status.enter(status.OFFERED)
        decision, reason = await self._policy.decide(plans, self.targets)
        if decision is ACCEPT and self._held(plans):
            decision, reason = LATER, "failed-before"
        log.write("plan for %s %s: %s %s" % (event.component, event.target, decision, reason))
        if decision is ACCEPT:
            await self._accept(plans)
            return False
        self.status.fail(reason)
        if decision is not LATER:
            await self._refuse(reason)
        self.status.enter(status.IDLE)
        return False

    async def _collect(self, event):
        plans = []
        end = ticks_add(ticks_ms(), _OFFER_MS)
        while event is not None:
            # The module may say the same plan again meanwhile.
            plans = [plan for plan in plans if plan.component != event.component] + [event]
            # Other events stay in the queue: this may be the offer of a download under way (T16).
            left = max(0, ticks_diff(end, ticks_ms()))
            event = await self._quec.wait_for(_OTA, (PLAN,), left)
        return plans

    def _names(self, plans):
        return [(plan.component, plan.target) for plan in plans if not refusal(plan, self.targets)]

    def _held(self, plans):
        since = ticks_diff(ticks_ms(), self._confirmed)
        tries = self._journal.tries(self._names(plans))
        return tries >= _FREE_TRIES and 0 <= since < _HOLD_MS

    async def _accept(self, plans):
        if self._journal.open_upgrade():
            # The module has forgotten it; its digests must not be taken for the new one's.
            self._journal.done("superseded")
        names = self._names(plans)
        doubted = self.lost  # after a refusal this may be no offer either: first it is confirmed
        if not doubted:
            self._journal.confirm_plan(names)
        self._confirmed = ticks_ms()
        self._confirmed_names = names
        others = [plan.component for plan in plans if plan.component not in self.targets]
        self.other = others[0] if others else ""
        if await self._confirm() is not False and doubted:
            self._journal.confirm_plan(names)
        self.status.enter(status.WAITING)

    async def _confirm(self):
        """UPDATE=1: True, False or None as Commands.answer() says."""
        self.waiting = True
        answer = await self._quec.answer(CONFIRM)
        self.lost = answer is False
        if not self.lost:
            self._watch.begin()
        return answer

    async def _refuse(self, reason):
        told = self._told
        if reason == "already-installed" and (
            told is None or ticks_diff(ticks_ms(), told) > _TELL_MS
        ):
            # The cloud works with a version that it was told long ago (T26).
            self._told = ticks_ms()
            try:
                await self._quec.upload_info()
            except AtError as error:
                log.write("upload: " + error.reason)
        await self._quec.answer(REFUSE)

    def following(self, component):
        """(component, target) that the plan names after this component, or ("", "")."""
        for name in self._confirmed_names:
            if name[0] != component:
                return name
        return "", ""

    def target_of(self, component):
        """The version that the confirmed plan names for a component, or None."""
        return dict(self._confirmed_names).get(component)

    def keep(self):
        """What the next Offers have to know."""
        return (
            self.waiting,
            self.lost,
            self.other,
            self._confirmed_names,
            self._confirmed,
            self._told,
        )

    def restore(self, kept):
        """Go on where other Offers were."""
        (
            self.waiting,
            self.lost,
            self.other,
            self._confirmed_names,
            self._confirmed,
            self._told,
        ) = kept
