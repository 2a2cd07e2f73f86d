from qsota.session.events import Plan
from qsota.session.policy import ACCEPT, LATER, REFUSE, Policy
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


def test_every_plan_needs_consent():
    seen = []

    def consent(plan):
        seen.append(plan.component)
        return ACCEPT if plan.component == "MCU" else LATER

    assert decide(offer(), offer(component="LCD"), consent=consent) == (LATER, "no-consent")
    assert seen == ["MCU", "LCD"]


def test_a_callable_may_be_a_coroutine_function():
    async def low():
        return 5

    assert decide(offer(), battery=low) == (LATER, "battery-low")
