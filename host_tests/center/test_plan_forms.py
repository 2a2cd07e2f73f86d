"""Plans as forms: each error at its field, in the platform's terms (protocol.md 6.4 to 6.7)."""

import pytest
from plan_fields import bench_with, fields, wrong

from center_bench import DAY, row_of, slot
from qsota_tools.center import component_forms, plan_forms
from qsota_tools.center.complaints import SENTENCES, BadInput
from qsota_tools.center.plan_forms import create_plan, edit_plan


def complaints(bench=None, **changed):
    return wrong(create_plan, (bench or bench_with()).center, fields(**changed))


# Basic information


def test_a_plan_has_the_defaults_of_the_platforms_dialog():
    plan = create_plan(bench_with().center, fields())
    assert (plan.status, plan.mode, plan.active, plan.window) == ("saved", "silent", True, None)
    assert (plan.reject_ms, plan.retries) == (120 * 60000, 5)
    assert (plan.battery, plan.signal) == (30, -113)
    assert plan.whitelist is None and not plan.blacklist


def test_name_product_zone_and_planned_time_are_mandatory():
    assert wrong(create_plan, bench_with().center, {}) == [
        (field, "required") for field in ("name", "product", "zone", "start", "end")
    ]


def test_a_plan_name_is_unique_and_at_most_100_characters():
    bench = bench_with()
    create_plan(bench.center, fields())
    assert complaints(bench) == [("name", "duplicate")]
    assert complaints(name="n" * 101) == [("name", "too-long")]


def test_a_product_must_exist():
    assert complaints(product="p9") == [("product", "unknown")]


def test_a_zone_must_exist():
    for zone in ("Mars/Olympus", "UTC+8", "UTC+15:00", "UTC+00:60", "+08:00", "../etc/passwd"):
        assert complaints(zone=zone) == [("zone", "unknown-zone")]
    for zone in ("UTC", "UTC-05:30"):
        create_plan(bench_with().center, fields(zone=zone))


def test_the_planned_time_must_end_after_it_starts():
    assert complaints(start=slot(12), end=slot(12)) == [("end", "end-before-start")]
    assert complaints(start="soon") == [("start", "wrong-type")]
    assert complaints(end=-1) == [("end", "out-of-range")]


def test_a_push_period_has_whole_hours_and_at_least_one():
    for window in ([5, 5], (0, 0)):
        assert complaints(window=window) == [("window", "shorter-than-an-hour")]
    for window in ([5], [5, 6, 7], [0.5, 2], ["5", "6"], [-1, 3], [3, 25], [24, 1], [True, 3]):
        assert complaints(window=window) == [("window", "whole-hours")]
    for window, kept in (([0, 24], None), (None, None), ([23, 1], (23, 1)), ([5, 6], (5, 6))):
        assert create_plan(bench_with().center, fields(window=window)).window == kept


def test_numbers_of_the_strategy_have_the_ranges_of_the_dialog():
    for field, low, high in (
        ("reject_min", 10, 1440),
        ("retries", 0, 5),
        ("battery", 0, 100),
        ("signal", -140, 0),
    ):
        for value in (low - 1, high + 1):
            assert complaints(**{field: value}) == [(field, "out-of-range")]
        for value in (low, high):
            create_plan(bench_with().center, fields(**{field: value}))
        for value in ("5", 5.5, True, [5]):
            assert complaints(**{field: value}) == [(field, "wrong-type")]


def test_an_upgrade_is_silent_or_manual():
    assert complaints(mode="forced") == [("mode", "not-one-of")]
    assert complaints(active="yes") == [("active", "wrong-type")]


def test_everything_that_is_wrong_is_told_at_once():
    found = complaints(name="", zone="Moon", retries=9, mode="x", colour="red")
    assert found == [
        ("name", "required"),
        ("zone", "unknown-zone"),
        ("mode", "not-one-of"),
        ("retries", "out-of-range"),
        ("colour", "unknown-field"),
    ]


# Lists


def test_lists_with_unknown_devices_are_refused():
    bench = bench_with("d1", "d2")
    for field in ("whitelist", "blacklist"):
        with pytest.raises(BadInput) as caught:
            create_plan(bench.center, fields(**{field: ["d1", "x1", "x2"]}))
        assert str(caught.value) == (field + ": 2 devices are not known, the first of them: x1")


def test_an_empty_whitelist_is_a_list_that_nobody_is_in():
    plan = create_plan(bench_with().center, fields(whitelist=[]))
    assert plan.whitelist == frozenset()


def test_lists_are_lists_of_device_keys():
    assert complaints(whitelist="d1") == [("whitelist", "wrong-type")]
    assert complaints(whitelist=[1]) == [("whitelist", "charset")]
    assert complaints(blacklist=["<b>"]) == [("blacklist", "charset")]


# Later changes


def test_a_saved_plan_can_be_edited_field_by_field():
    bench = bench_with("d1", "d2")
    plan = create_plan(bench.center, fields(window=[1, 2], whitelist=["d1"], reject_min=60))
    edit_plan(bench.center, plan.id, {"retries": 2, "blacklist": ["d2"]})
    assert (plan.retries, plan.window, plan.whitelist) == (2, (1, 2), frozenset(["d1"]))
    assert (plan.blacklist, plan.reject_ms, plan.name) == (frozenset(["d2"]), 3600000, "autumn")
    edit_plan(bench.center, plan.id, {"window": None, "whitelist": None, "name": "winter"})
    assert (plan.window, plan.whitelist, plan.name) == (None, None, "winter")


def test_an_edit_that_is_refused_changes_nothing():
    bench = bench_with()
    plan = create_plan(bench.center, fields())
    before = dict(vars(plan))
    assert wrong(edit_plan, bench.center, plan.id, {"retries": 1, "end": slot(10)}) == [
        ("end", "end-before-start")
    ]
    assert vars(plan) == before


def test_the_product_is_fixed_after_the_first_save():
    bench = bench_with()
    plan = create_plan(bench.center, fields())
    assert wrong(edit_plan, bench.center, plan.id, {"product": "p1"}) == [("product", "fixed")]


def test_nothing_is_edited_after_the_activation():
    bench = bench_with()
    plan = bench.plan(name="autumn")
    for edit, *args in (
        (edit_plan, {"name": "winter"}),
        (edit_plan, {"blacklist": ["d1"]}),
        (component_forms.set_components, []),
        (plan_forms.delete_plan,),
    ):
        assert wrong(edit, bench.center, plan.id, *args) == [("status", "not-in-status")]


def test_a_plan_without_components_is_not_activated():
    bench = bench_with()
    plan = create_plan(bench.center, fields())
    assert wrong(plan_forms.activate, bench.center, plan.id) == [("components", "no-components")]
    off = {**row_of(bench.package()), "upgrade": False}
    component_forms.set_components(bench.center, plan.id, [off])
    assert wrong(plan_forms.activate, bench.center, plan.id) == [("components", "no-components")]


def test_a_plan_whose_time_is_over_is_not_activated():
    bench = bench_with()
    plan = bench.saved()
    bench.wait(31 * DAY)
    assert wrong(plan_forms.activate, bench.center, plan.id) == [("end", "already-over")]


def test_every_complaint_has_a_sentence():
    for code, sentence in SENTENCES.items():
        assert sentence and code == code.lower() and " " not in code
