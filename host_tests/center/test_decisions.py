"""Random plans, devices and events: the push does what the rules say, written down once more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from center_bench import HOUR, MINUTE, Bench
from qsota_tools.center import life_cycle, plan_forms
from qsota_tools.center.decide import decide
from qsota_tools.center.registry import OVER, RUNNING

KEYS = ["a", "b", "c"]
VERSIONS = ["1", "2", "3"]

plans = st.fixed_dictionaries(
    {
        "target": st.sampled_from(VERSIONS),
        "source": st.sampled_from(["", *VERSIONS]),
        "whitelist": st.none() | st.lists(st.sampled_from(KEYS)),
        "blacklist": st.lists(st.sampled_from(KEYS), max_size=1),
        "active": st.booleans(),
        "window": st.none() | st.sampled_from([[0, 12], [11, 13], [22, 3]]),
        "reject_min": st.sampled_from([10, 45, 120]),
        "start": st.integers(0, 3),
        "length": st.integers(1, 30),
    }
)
events = st.lists(
    st.tuples(
        st.sampled_from(KEYS),
        st.sampled_from(["ask", "confirm", "refuse", "1", "2", "3", "fail", "off", "on"]),
        st.integers(1, 90),
    ),
    max_size=40,
)


def made(bench, number, fields):
    fields = dict(fields)
    target, source = fields.pop("target"), fields.pop("source")
    if source == target:
        source = ""
    more = {"source_version": source} if source else {}
    fields["start"] = bench.now + fields["start"] * HOUR
    fields["end"] = fields["start"] + fields.pop("length") * HOUR
    fields["name"] = f"plan {number}"
    return bench.plan(bench.package(target, **more), **fields)


def hour(ms):
    """In UTC+08:00."""
    return (ms // HOUR + 8) % 24


def allowed(bench, plan, device, pushed):
    """Section 6.11, for one plan by itself."""
    (component,) = plan.components
    now, task, version = bench.now, plan.tasks.get(device.key), device.versions.get("MCU")
    if not plan.start <= now < plan.end or not device.online:
        return False
    if plan.whitelist is not None and device.key not in plan.whitelist:
        return False
    if device.key in plan.blacklist or task and task.phase in (RUNNING, OVER):
        return False
    if version == component.target or component.source not in ("", version):
        return False
    if plan.active and task and task.refused is not None and now < task.refused + plan.reject_ms:
        return False
    if not pushed or plan.window is None:
        return plan.active or not pushed
    start, end = plan.window
    inside = start <= hour(now) < end if start < end else hour(now) >= start or hour(now) < end
    return plan.active and inside


@pytest.mark.slow
@settings(max_examples=300)
@given(st.lists(plans, min_size=1, max_size=3), events)
def test_every_offer_is_one_that_the_rules_allow_and_none_is_missed(specs, happened):
    bench = Bench()
    probes = {key: bench.device(key, MCU="1") for key in KEYS}
    active = [made(bench, number, spec) for number, spec in enumerate(specs)]
    for key, what, minutes in happened:
        act(bench, probes[key], what)
        for _ in range(minutes):
            minute_passes(bench, active, probes)
    check_sums(bench, active)


def act(bench, probe, what):
    if what == "off":
        probe.online = False
    elif what == "on":
        probe.reconnect()
    elif not probe.online:
        return
    elif what == "ask":
        probe.ask()
    elif what == "confirm":
        probe.report(1, 2)
    elif what == "refuse":
        probe.report(1, 3)
    elif what == "fail":
        probe.report(12)
    else:
        probe.report(11, versions={"MCU": what})


def minute_passes(bench, active, probes):
    for probe in probes.values():
        probe.take()
    bench.until(bench.now - bench.now % MINUTE + MINUTE)
    on_grid = bench.now % (10 * MINUTE) == 0
    for probe in probes.values():
        device = probe.device
        if device.task and device.task.phase == RUNNING:
            assert probe.take() == []
            continue
        candidates = [plan for plan in active if allowed(bench, plan, device, True)]
        offers = probe.take()
        assert len(offers) <= 1
        if offers:
            assert on_grid and device.task.plan in candidates
        elif on_grid and candidates:
            # Only the turn of another plan, which the device can still get, may be the reason.
            for plan in candidates:
                against = decide(bench.center, plan, device).against
                assert [rule.code for rule in against] == ["turn"]


def check_sums(bench, active):
    running = 0
    for plan in active:
        running += sum(task.phase == RUNNING for task in plan.tasks.values())
        if plan.status == "ended":
            assert bench.now >= plan.end and plan not in bench.center.live
    assert bench.center.running == running
    for plan in active:
        if plan.status in ("active", "upgrading"):
            plan_forms.terminate(bench.center, plan.id)
    for plan in active:
        for task in list(plan.tasks.values()):
            if task.phase == RUNNING:
                task.device.session.report(12)
        assert plan.ended is not None
    assert bench.center.live == [] and bench.center.running == 0


@settings(max_examples=200)
@given(plans, st.sampled_from(["1", "2"]), st.booleans())
def test_the_next_chance_is_when_it_comes(spec, version, refuses):
    bench = Bench()
    probe = {key: bench.device(key, MCU=version) for key in KEYS}["a"]
    plan = made(bench, 0, spec)
    if refuses and probe.ask():
        probe.report(1, 3)
    probe.take()
    chance = decide(bench.center, plan, probe.device).next
    waits = {rule.waits for rule in decide(bench.center, plan, probe.device).against}
    if chance is not None and "event" not in waits:
        bench.until(chance - 1)
        assert probe.take() == []
        bench.until(chance)
        assert len(probe.take()) == 1
    elif chance is None:
        bench.until(plan.end)
        assert probe.take() == []


@settings(max_examples=100)
@given(plans, events)
def test_a_plan_can_be_suspended_and_resumed_at_any_time(spec, happened):
    bench = Bench()
    probes = {key: bench.device(key, MCU="1") for key in KEYS}
    plan = made(bench, 0, spec)
    for number, (key, what, minutes) in enumerate(happened):
        act(bench, probes[key], what)
        bench.wait(minutes * MINUTE)
        if plan.status in ("active", "upgrading") and number % 3 == 0:
            life_cycle.suspend(bench.center, plan)
            for probe in probes.values():
                probe.take()
            bench.wait(20 * MINUTE)
            assert all(probe.take() == [] for probe in probes.values())
            if plan.status == "suspended":
                life_cycle.resume(bench.center, plan)
    check_sums(bench, [plan])
