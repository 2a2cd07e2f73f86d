"""Plans as forms: each error at its field, in the platform's terms (protocol.md 6.4 to 6.7)."""

import pytest

from center_bench import DAY, Bench, row_of, slot
from qsota_tools.center import catalogue, component_forms, plan_forms, texts
from qsota_tools.center.complaints import SENTENCES, BadInput
from qsota_tools.center.plan_forms import create_plan, edit_plan


def fields(**changed):
    form = {"name": "autumn", "product": "p1", "zone": "UTC+08:00"}
    form |= {"start": slot(11), "end": slot(12, day=9)} | changed
    return {field: value for field, value in form.items() if value is not ...}


def bench_with(*keys):
    bench = Bench()
    for key in keys or ("d1",):
        bench.center.register("p1", key)
    return bench


def wrong(fn, *args):
    with pytest.raises(BadInput) as caught:
        fn(*args)
    return [(c.field, c.code) for c in caught.value.complaints]


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


# Components


def rows_wrong(bench, *rows):
    plan = create_plan(bench.center, fields())
    return wrong(component_forms.set_components, bench.center, plan.id, list(rows))


def test_identifiers_are_unique_in_a_plan():
    bench = bench_with()
    row = row_of(bench.package())
    assert rows_wrong(bench, row, row) == [("components[1].identifier", "duplicate")]


def test_an_identifier_has_at_most_100_characters_of_those_that_a_module_can_hold():
    bench = bench_with()
    package = bench.package().id
    for name, code in (
        ("x" * 101, "too-long"),
        ("a:b", "charset"),
        ("a;b", "charset"),
        ('a"b', "charset"),
        ("", "required"),
        (5, "wrong-type"),
    ):
        bench = bench_with()
        package = bench.package().id
        found = rows_wrong(bench, {"identifier": name, "package": package})
        assert found == [("components[0].identifier", code)]


def test_a_component_has_a_package_that_exists():
    assert rows_wrong(bench_with(), {"identifier": "MCU", "package": 99}) == [
        ("components[0].package", "unknown")
    ]


def test_a_row_that_is_no_group_of_fields_is_refused():
    assert rows_wrong(bench_with(), "MCU") == [
        ("components[0].identifier", "required"),
        ("components[0].package", "required"),
    ]


def test_specified_versions_are_at_most_eight_and_for_full_packages():
    bench = bench_with()
    full, delta = bench.package(), bench.package("3", source_version="2")
    nine = ";".join(str(i) for i in range(9))
    field = "components[0].versions"
    assert rows_wrong(bench, {**row_of(full), "versions": nine}) == [(field, "too-many")]
    plan = create_plan(bench.center, fields(name="b"))
    rows = [{**row_of(delta), "versions": "1;2"}]
    found = wrong(component_forms.set_components, bench.center, plan.id, rows)
    assert found == [(field, "full-only")]
    rows = [{**row_of(full), "versions": "1_0; 1_1 ;"}]
    component_forms.set_components(bench.center, plan.id, rows)
    assert plan.components[0].versions == ("1_0", "1_1")
    rows[0]["versions"] = ["1:0"]
    found = wrong(component_forms.set_components, bench.center, plan.id, rows)
    assert found == [(field, "charset")]


def test_components_can_be_copied_from_another_plan():
    bench = bench_with()
    source = bench.saved({**row_of(bench.package()), "versions": ["1_0"], "upgrade": True})
    plan = create_plan(bench.center, fields(battery=77))
    component_forms.copy_components(bench.center, plan.id, source.id)
    (copied,) = plan.components
    assert (copied.name, copied.versions, copied.battery) == ("MCU", ("1_0",), 77)
    assert copied is not source.components[0]


# Texts


def manual(bench):
    return bench.saved(mode="manual", texts={})


def test_a_manual_plan_needs_its_texts_in_chinese_and_english():
    bench = bench_with()
    plan = manual(bench)
    assert wrong(plan_forms.activate, bench.center, plan.id) == [("texts", "text-missing")]
    texts.set_text(bench.center, plan, "zh", "新版本")
    with pytest.raises(BadInput, match="texts: .* needs a text in en"):
        plan_forms.activate(bench.center, plan.id)
    texts.set_text(bench.center, plan, "en", "A new version")
    plan_forms.activate(bench.center, plan.id)


def test_a_silent_plan_needs_none_and_takes_none():
    bench = bench_with()
    plan = bench.plan()
    assert wrong(texts.set_text, bench.center, plan, "en", "x") == [("texts", "manual-only")]


def test_a_text_has_at_most_200_characters():
    bench = bench_with()
    plan = manual(bench)
    texts.set_text(bench.center, plan, "de", "x" * 200)
    found = wrong(texts.set_text, bench.center, plan, "de", "x" * 201)
    assert found == [("text", "too-long")]
    assert wrong(texts.set_text, bench.center, plan, "de", "") == [("text", "required")]
    assert wrong(texts.set_text, bench.center, plan, "xx", "x") == [("language", "not-one-of")]


def test_mandatory_languages_cannot_be_deleted():
    bench = bench_with()
    plan = manual(bench)
    for language in ("zh", "en", "fr"):
        texts.set_text(bench.center, plan, language, "text")
    for language in ("zh", "en"):
        found = wrong(texts.delete_text, bench.center, plan, language)
        assert found == [("language", "text-mandatory")]
    texts.delete_text(bench.center, plan, "fr")
    assert wrong(texts.delete_text, bench.center, plan, "fr") == [("language", "unknown")]


def test_texts_may_change_while_the_plan_is_active_but_not_afterwards():
    bench = bench_with()
    plan = bench.plan(mode="manual")
    texts.set_text(bench.center, plan, "en", "Better words")
    assert plan.texts["en"] == "Better words"
    plan_forms.terminate(bench.center, plan.id)
    found = wrong(texts.set_text, bench.center, plan, "en", "x")
    assert found == [("status", "not-in-status")]


# Products and devices


def test_a_product_has_a_key_and_a_unique_name():
    bench = Bench()
    catalogue.create_product(bench.center, {"key": "p1", "name": "Diffuser"})
    for form, wanted in (
        ({}, [("key", "required")]),
        ({"key": "p1"}, [("key", "duplicate")]),
        ({"key": "p2", "name": "Diffuser"}, [("name", "duplicate")]),
        ({"key": "x" * 33}, [("key", "too-long")]),
        ({"key": "a b"}, [("key", "charset")]),
    ):
        assert wrong(catalogue.create_product, bench.center, form) == wanted


def test_what_is_in_use_is_not_deleted():
    bench = Bench()
    probe = bench.device("d1")
    plan = bench.saved(whitelist=["d1"])
    center = bench.center
    assert wrong(catalogue.delete_product, center, "p1") == [("product", "in-use")]
    assert wrong(catalogue.delete_device, center, "p1", "d1") == [("device", "on-line")]
    probe.online = False
    assert wrong(catalogue.delete_device, center, "p1", "d1") == [("device", "in-use")]
    plan_forms.delete_plan(center, plan.id)
    assert wrong(catalogue.delete_product, center, "p1") == [("product", "in-use")]
    catalogue.delete_device(center, "p1", "d1")
    catalogue.delete_product(center, "p1")
    assert center.products == {}


def test_devices_can_be_made_known_before_they_connect():
    bench = Bench()
    catalogue.create_product(bench.center, {"key": "p1"})
    catalogue.add_devices(bench.center, "p1", ["d1", "d2", "d1"])
    assert list(bench.center.products["p1"].devices) == ["d1", "d2"]
    assert wrong(catalogue.add_devices, bench.center, "p9", ["d"]) == [("product", "unknown")]
    assert wrong(catalogue.add_devices, bench.center, "p1", ["d/.."]) == [("keys", "charset")]


def test_every_complaint_has_a_sentence():
    for code, sentence in SENTENCES.items():
        assert sentence and code == code.lower() and " " not in code
