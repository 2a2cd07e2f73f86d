"""Components and texts of a plan as forms (protocol.md 6.5, 6.6)."""

import pytest
from plan_fields import bench_with, fields, wrong

from center_bench import row_of
from qsota_tools.center import component_forms, plan_forms, texts
from qsota_tools.center.complaints import BadInput
from qsota_tools.center.plan_forms import create_plan

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
