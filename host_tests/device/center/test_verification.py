"""A package on a single device first: protocol.md 6.3."""

from center_bench import HOUR, MINUTE, Bench, slot
from qsota_tools.center import plan_forms, verification
from qsota_tools.center.complaints import BadInput
from qsota_tools.center.version_packages import delete_package

OFFER = [[("MCU", "2_0_0")]]


def fields(made, **changed):
    form = {"package": made.id, "product": "p1", "device": "d1", "component": "MCU"}
    form.update(changed)
    return form


def prepared(**options):
    bench = Bench()
    probe = bench.device(MCU="1_0_0")
    return bench, probe, bench.package(**options)


def complaints(bench, form):
    try:
        verification.verify(bench.center, form)
    except BadInput as bad:
        return [(c.field, c.code) for c in bad.complaints]
    return []


def test_a_verification_starts_at_once_and_a_success_verifies_the_package():
    bench, probe, package = prepared()
    plan = verification.verify(bench.center, fields(package))
    assert probe.take() == OFFER and plan.retries == 5 and not package.verified
    assert verification.current(bench.center, package) is plan
    probe.upgrade()
    assert package.verified and plan.status == "ended"
    assert verification.current(bench.center, package) is None


def test_only_the_chosen_device_gets_it():
    bench, probe, package = prepared()
    other = bench.device("d2")
    verification.verify(bench.center, fields(package))
    assert other.ask() == [] and probe.take() == OFFER


def test_a_device_that_is_off_line_is_verified_when_it_connects():
    bench, probe, package = prepared()
    probe.online = False
    verification.verify(bench.center, fields(package))
    bench.wait(30 * MINUTE)
    assert probe.take() == []
    probe.reconnect()
    assert probe.take() == OFFER


def test_a_version_that_does_not_match_is_waited_for():
    bench, probe, package = prepared(source_version="1_5")
    verification.verify(bench.center, fields(package))
    assert probe.take() == []
    probe.versions(MCU="1_5")
    bench.until(slot(10, 10))
    assert probe.take() == OFFER


def test_after_60_minutes_it_has_failed():
    bench, probe, package = prepared()
    plan = verification.verify(bench.center, fields(package))
    probe.confirm()
    bench.wait(HOUR - MINUTE)
    assert bench.task(plan).status == "in-progress"
    bench.wait(MINUTE)
    assert (bench.task(plan).status, bench.task(plan).reason) == ("failed", "timed-out")
    assert plan.status == "ended" and not package.verified


def test_a_failure_leaves_the_package_unverified_and_it_can_be_verified_again():
    bench, probe, package = prepared()
    verification.verify(bench.center, fields(package))
    probe.upgrade("1_0_0")
    assert not package.verified
    verification.verify(bench.center, fields(package))
    probe.upgrade()
    assert package.verified and len(verification.of_package(bench.center, package)) == 2


def test_only_an_unverified_package_is_verified_and_once_at_a_time():
    bench, probe, package = prepared()
    verification.verify(bench.center, fields(package))
    assert complaints(bench, fields(package)) == [("package", "verifying")]
    probe.upgrade()
    assert complaints(bench, fields(package)) == [("package", "already-verified")]


def test_the_form_says_what_is_wrong():
    bench, _, package = prepared()
    for form, wanted in (
        (fields(package, package=99), [("package", "unknown")]),
        (fields(package, product="p9"), [("product", "unknown")]),
        (fields(package, device="d9"), [("device", "unknown")]),
        (fields(package, component="x" * 101), [("component", "too-long")]),
        (fields(package, component="a:b"), [("component", "charset")]),
        ({"package": package.id}, [(f, "required") for f in ("product", "device", "component")]),
    ):
        assert complaints(bench, form) == wanted


def test_it_does_not_wait_for_plans_but_for_what_runs():
    bench, probe, package = prepared()
    bench.plan(bench.package("3_0_0"))
    verification.verify(bench.center, fields(package))
    assert probe.take() == OFFER
    bench, probe, package = prepared()
    bench.plan(bench.package("3_0_0"))
    probe.ask()
    probe.confirm()
    verification.verify(bench.center, fields(package))
    assert probe.take() == []
    probe.upgrade("3_0_0")
    bench.until(slot(10, 10))
    assert probe.take() == OFFER


def test_it_takes_the_place_of_what_was_only_offered():
    bench, probe, package = prepared()
    plan = bench.plan(bench.package("3_0_0"))
    probe.ask()
    verification.verify(bench.center, fields(package))
    assert probe.take() == OFFER
    probe.confirm()
    assert [firmware.target for firmware in probe.urls] == ["2_0_0"]
    probe.upgrade()
    assert bench.task(plan).status == "not-upgraded" and probe.ask() == [[("MCU", "3_0_0")]]


def test_a_verification_is_no_plan_of_the_plan_list():
    bench, _, package = prepared()
    plan = verification.verify(bench.center, fields(package))
    assert plan_forms.listed(bench.center) == []
    try:
        plan_forms.terminate(bench.center, plan.id)
        raise AssertionError
    except BadInput as bad:
        assert bad.code == "unknown"


def test_a_package_is_deleted_with_its_old_verifications_but_not_during_one():
    bench, probe, package = prepared()
    verification.verify(bench.center, fields(package))
    try:
        delete_package(bench.center, package.id)
        raise AssertionError
    except BadInput as bad:
        assert bad.code == "in-use"
    probe.upgrade()
    delete_package(bench.center, package.id)
    assert bench.center.packages == {} and bench.center.plans == {}
