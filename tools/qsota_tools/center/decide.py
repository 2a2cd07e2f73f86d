"""Does this device get this plan now? If not, which rule says no, and when is the next chance?

The one place that knows; the push grid, AT+QIOTOTAREQ, the dry run and the "why not?" view ask it.
"""

from qsota_tools.center.push_rules import GRID, NEVER, RULES, TIMED, Case


class Decision:
    """ok: the device gets the plan now; rules: all of them in order; at: when was asked.

    next: the next chance in ms, supposed that what its EVENT rules wait for has happened by then;
    None if a rule says never.
    """

    def __init__(self, rules, at, next):
        self.rules = rules
        self.at = at
        self.next = next

    @property
    def ok(self):
        return all(rule.ok for rule in self.rules)

    @property
    def against(self):
        """The rules that say no."""
        return [rule for rule in self.rules if not rule.ok]


def decide(center, plan, device, trigger=GRID, at=None, assume=()):
    """The Decision with every rule; at: ms, now if not given."""
    at = center.now if at is None else at
    case = Case(center, plan, device, trigger, assume)
    rules = [rule(case, at) for rule in RULES]
    rules = [rule for rule in rules if rule and rule.code not in assume]
    return Decision(rules, at, _next_chance(case, rules, at))


def gets(center, plan, device, trigger):
    """The same as decide(...).ok, but no rule is asked after the first that says no."""
    case = Case(center, plan, device, trigger)
    for ask in RULES:
        rule = ask(case, center.now)
        if rule and not rule.ok:
            return False
    return True


def _next_chance(case, rules, at):
    if any(rule.waits == NEVER for rule in rules):
        return None
    moment = at
    while True:
        waits = [rule(case, moment) for rule in TIMED]
        times = [r.next for r in waits if r and not r.ok and r.code not in case.assume]
        if None in times:
            return None
        later = max(times) if times else moment
        if later <= moment:
            return moment
        moment = later
