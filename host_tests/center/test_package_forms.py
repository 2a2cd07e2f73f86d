"""Version packages as a form: protocol.md 6.1 and 6.2."""

import pytest

from center_bench import Bench
from qsota_tools.center import version_packages
from qsota_tools.center.complaints import BadInput
from qsota_tools.center.plan import File, file_of
from qsota_tools.center.version_packages import FILE_MAX, create_package

FULL = {
    "name": "app 2.0",
    "component_type": "mcu",
    "package_type": "full",
    "target_version": "2_0_0",
}
ONE = [file_of("app.bin", b"data")]


def complaints(fields=None, files=ONE, bench=None, **changed):
    form = {**FULL, **(fields or {}), **changed}
    form = {field: value for field, value in form.items() if value is not ...}
    with pytest.raises(BadInput) as caught:
        create_package((bench or Bench()).center, form, files)
    return [(c.field, c.code) for c in caught.value.complaints]


def test_a_package_has_what_its_page_shows():
    bench = Bench()
    form = {**FULL, "remarks": "fixes the fan"}
    made = create_package(bench.center, form, ONE, uploader="ann")
    assert (made.name, made.target, made.source) == ("app 2.0", "2_0_0", "")
    assert (made.kind, made.delta, made.verified) == (1, False, False)
    assert (made.size, made.uploader, made.remarks) == (4, "ann", "fixes the fan")
    assert made.created == made.updated == bench.now
    assert bench.center.packages == {made.id: made}


def test_every_field_that_is_missing_is_named_at_once():
    with pytest.raises(BadInput) as caught:
        create_package(Bench().center, {}, [])
    assert [(c.field, c.code) for c in caught.value.complaints] == [
        ("name", "required"),
        ("component_type", "required"),
        ("package_type", "required"),
        ("target_version", "required"),
        ("files", "file-missing"),
    ]
    assert str(caught.value).startswith("name: must be given; component_type: must be given; ")


def test_a_name_is_unique_and_at_most_100_characters():
    bench = Bench()
    create_package(bench.center, {**FULL, "name": "n" * 100}, ONE)
    assert complaints(name="n" * 100, bench=bench) == [("name", "duplicate")]
    assert complaints(name="n" * 101) == [("name", "too-long")]
    assert complaints(name=" ") == [("name", "required")]
    assert complaints(name="two\nlines") == [("name", "control-character")]
    assert complaints(name=7) == [("name", "wrong-type")]


def test_markup_and_paths_in_a_name_are_text():
    for name in ("<script>alert(1)</script>", "../../etc/passwd", "'; DROP TABLE plans; --"):
        assert create_package(Bench().center, {**FULL, "name": name}, ONE).name == name


def test_a_version_has_letters_digits_underscore_hyphen_and_dot_up_to_64():
    for version in ("1", "v1.2-rc_3", "x" * 64):
        create_package(Bench().center, {**FULL, "target_version": version}, ONE)
    for version in ("1:2", "1;2", "1 2", "é", "<b>", '1"', "1,2", "../1"):
        assert complaints(target_version=version) == [("target_version", "charset")]
    assert complaints(target_version="x" * 65) == [("target_version", "too-long")]


def test_a_delta_needs_another_source_version_and_a_full_package_none():
    assert complaints(package_type="delta") == [("source_version", "required")]
    assert complaints(package_type="delta", source_version="2_0_0") == [
        ("source_version", "same-version")
    ]
    assert complaints(source_version="1_0_0") == [("source_version", "delta-only")]
    delta = {**FULL, "package_type": "delta", "source_version": "1_0_0"}
    assert create_package(Bench().center, delta, ONE).source == "1_0_0"


def test_types_are_those_of_the_platform():
    assert complaints(component_type="fpga") == [("component_type", "not-one-of")]
    assert complaints(component_type=["mcu"]) == [("component_type", "not-one-of")]
    assert complaints(package_type="half") == [("package_type", "not-one-of")]


def test_remarks_have_at_most_200_characters():
    create_package(Bench().center, {**FULL, "remarks": "r" * 200}, ONE)
    assert complaints(remarks="r" * 201) == [("remarks", "too-long")]


def test_a_field_that_does_not_exist_is_no_silent_typo():
    assert complaints(targetversion="3") == [("targetversion", "unknown-field")]


PLAIN = (".bin", ".zip", ".rar", ".pack", ".py", ".tar", ".tar.gz", ".s19")


@pytest.mark.parametrize("end", [*PLAIN, ".mini_1", ".mini_2", ".bin_1", ".bin_2"])
def test_the_file_types_of_the_platform_are_taken(end):
    assert create_package(Bench().center, FULL, [file_of("app" + end, b"x")])
    assert create_package(Bench().center, FULL, [file_of("APP" + end.upper(), b"x")])


@pytest.mark.parametrize("name", ["app.exe", "app", "bin", ".bin", "app.gz", "app.bin.txt", ""])
def test_other_file_types_are_refused(name):
    assert complaints(files=[file_of(name, b"x")]) == [("files", "file-type")]


def test_a_file_is_not_empty_and_has_at_most_100_mb():
    assert complaints(files=[file_of("a.bin", b"")]) == [("files", "file-empty")]
    big = File("a.bin", FILE_MAX, "m", "s", 1)
    create_package(Bench().center, FULL, [big])
    big.size += 1
    assert complaints(files=[big]) == [("files", "file-too-large")]
    assert FILE_MAX == 100 * 1024 * 1024


def test_a_module_takes_up_to_five_files_an_mcu_exactly_one():
    module = {**FULL, "component_type": "module"}
    create_package(Bench().center, module, ONE * 5)
    assert complaints(module, files=ONE * 6) == [("files", "too-many")]
    assert complaints(files=ONE * 2) == [("files", "one-file")]


def test_a_package_is_immutable_but_for_its_remarks():
    bench = Bench()
    made = create_package(bench.center, FULL, ONE)
    bench.wait(1000)
    version_packages.edit_package(bench.center, made.id, {"remarks": "new"})
    assert (made.remarks, made.updated) == ("new", bench.now)
    with pytest.raises(BadInput) as caught:
        version_packages.edit_package(bench.center, made.id, {"name": "other", "remarks": "x"})
    assert (caught.value.field, caught.value.code) == ("name", "fixed")
    assert (made.name, made.remarks) == (FULL["name"], "new")


def test_a_package_in_a_plan_cannot_be_deleted():
    bench = Bench()
    made = bench.package()
    plan = bench.saved(made, name="autumn")
    with pytest.raises(BadInput) as caught:
        version_packages.delete_package(bench.center, made.id)
    assert str(caught.value) == "package: is in use by autumn"
    plan.components = []
    version_packages.delete_package(bench.center, made.id)
    with pytest.raises(BadInput, match="is not known"):
        version_packages.delete_package(bench.center, made.id)
