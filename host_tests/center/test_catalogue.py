"""Products and devices as forms."""

from plan_fields import wrong

from center_bench import Bench
from qsota_tools.center import catalogue, plan_forms


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
