import asyncio

from qsota.session.events import Plan
from qsota.session.policy import ACCEPT, LATER, REFUSE, Policy
from qsota_tools.proof.lab.clock import Clock
from util import run


class Target:
    version = "1_0_0"
    capacity = 1000


def offer(target="2_0_0", component="MCU", battery=30, signal=-100, space=900):
    return Plan(7, 10700, component, "", target, battery, signal, space)


def decide(*plans, **callables):
    return run(Policy(**callables).decide(list(plans), {"MCU": Target(), "LCD": Target()}))


def test_without_callables_a_plan_is_accepted():
    assert decide(offer()) == (ACCEPT, "")


def test_nothing_known_is_refused():
    assert decide(offer(component="FPGA")) == (REFUSE, "unknown-component")


def test_one_known_component_is_enough():
    assert decide(offer(component="FPGA"), offer()) == (ACCEPT, "")


def test_a_version_that_cannot_be_reported_is_refused():
    for target in ("2:0", "2;0", "", "x" * 65, 'a"b', "a b"):
        assert decide(offer(target)) == (REFUSE, "bad-version")


def test_what_does_not_fit_is_refused():
    assert decide(offer(space=1000)) == (ACCEPT, "")
    assert decide(offer(space=1001)) == (REFUSE, "too-large")
    assert decide(offer(space=0)) == (ACCEPT, "")


def test_what_runs_already_is_refused():
    assert decide(offer("1_0_0")) == (REFUSE, "already-installed")
    assert decide(offer("1_0_0"), offer("2_0_0", "LCD")) == (ACCEPT, "")


def test_the_strictest_component_decides_on_battery_and_signal():
    plans = offer(battery=20, signal=-90), offer(component="LCD", battery=50, signal=-110)
    assert decide(*plans, battery=lambda: 49) == (LATER, "battery-low")
    assert decide(*plans, battery=lambda: 50) == (ACCEPT, "")
    assert decide(*plans, signal=lambda: -91) == (LATER, "signal-weak")
    assert decide(*plans, signal=lambda: -90) == (ACCEPT, "")
    assert decide(*plans, signal=lambda: None) == (LATER, "signal-weak")


def test_a_signal_that_no_plan_has_a_condition_on_is_not_asked_for():
    asked = []
    assert decide(offer(signal=0), signal=lambda: asked.append(1) or -113) == (ACCEPT, "")
    assert not asked
    both = offer(signal=0), offer(component="LCD", signal=-90)
    assert decide(*both, signal=lambda: -91) == (LATER, "signal-weak")


def test_every_plan_needs_consent():
    seen = []

    def consent(plan):
        seen.append(plan.component)
        return ACCEPT if plan.component == "MCU" else LATER

    assert decide(offer(), offer(component="LCD"), consent=consent) == (LATER, "no-consent")
    assert seen == ["MCU", "LCD"]


def test_only_false_refuses_and_only_true_accepts():
    for answer, decision in (
        (True, (ACCEPT, "")),
        (False, (REFUSE, "no-consent")),
        (None, (LATER, "no-consent")),
        (1, (LATER, "no-consent")),
        (0, (LATER, "no-consent")),
        ("accept", (LATER, "no-consent")),
        ("refuse", (LATER, "no-consent")),
    ):
        assert decide(offer(), consent=lambda plan, answer=answer: answer) == decision, answer


def test_a_component_that_must_not_be_installed_does_not_keep_another_one_from_it():
    for bad in (
        offer("2:0", "LCD"),
        offer("2_0_0", "LCD", space=1001),
        offer("1_0_0", "LCD"),
        offer("2_0_0", "FPGA"),
    ):
        assert decide(bad, offer()) == decide(offer(), bad) == (ACCEPT, "")


def test_a_component_that_must_not_be_installed_is_not_asked_about():
    seen = []
    consent = lambda plan: seen.append(plan.component) or True  # noqa: E731
    low = offer("1_0_0", "LCD", battery=99, signal=0)
    answer = decide(low, offer(), consent=consent, battery=lambda: 50, signal=lambda: -90)
    assert answer == (ACCEPT, "") and seen == ["MCU"]


def test_an_installed_version_is_told_to_the_cloud_whatever_else_is_refused():
    bad = offer("2_0_0", "FPGA")
    assert decide(bad, offer("1_0_0")) == (REFUSE, "already-installed")


def test_what_is_no_number_is_asked_three_times():
    asked = []

    def battery():
        asked.append(1)
        return value

    for value in (None, "80", True, [80]):
        asked.clear()
        assert decide(offer(), battery=battery) == (LATER, "battery-unknown"), value
        assert len(asked) == 3


def test_a_number_that_comes_late_counts():
    levels = [None, OSError(5), 31]

    def battery():
        level = levels.pop(0)
        if isinstance(level, OSError):
            raise level
        return level

    assert decide(offer(), battery=battery) == (ACCEPT, "")


def test_a_level_that_is_not_a_number_after_all_is_not_enough():
    assert decide(offer(), battery=lambda: float("nan"))[0] is LATER
    assert decide(offer(), signal=lambda: float("nan"))[0] is LATER


def test_a_callable_that_takes_for_ever_means_later():
    async def never(*args):
        await asyncio.sleep_ms(10**9)

    clock = Clock()
    target = {"MCU": Target()}
    policy = Policy(consent=never)
    assert run(policy.decide([offer()], target), clock) == (LATER, "no-consent")
    assert clock.now() == 300000


def test_a_callable_may_be_a_coroutine_function():
    async def low():
        return 5

    assert decide(offer(), battery=low) == (LATER, "battery-low")
