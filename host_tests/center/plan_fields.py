"""Plans as forms, and what is wrong with them."""

import pytest

from center_bench import Bench, slot
from qsota_tools.center.complaints import BadInput


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
