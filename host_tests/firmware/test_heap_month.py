"""The heap lasts: what the library holds after a month is what it held at its beginning."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TREE = Path(__file__).parent.parent.parent
VM = Path(sys.executable).with_name("micropython")
PATHS = ("tools/qsota_tools/virtual/vm/tests_path", "firmware", "tools", "host_tests/device")
_MOST = 256


def test_a_month_of_offers_failures_and_restarts_leaves_the_heap_as_it_was():
    path = ":".join([".frozen", *(str(TREE / name) for name in PATHS)])
    lived = subprocess.run(
        [VM, "-X", "heapsize=32M", TREE / "host_tests" / "firmware" / "heap_month.py"],
        env=os.environ | {"MICROPYPATH": path},
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert lived.returncode == 0, lived.stdout + lived.stderr
    days = [tuple(map(int, line.split()[1:])) for line in re.findall("DAY .*", lived.stdout)]
    assert len(days) == 31
    # The log is full by then, and every phase was loaded.
    first, last = days[8], days[-1]
    assert abs(last[1] - first[1]) <= _MOST
    assert last[2] == first[2]
    for what in (3, 4, 5):
        assert sum(day[what] for day in days) >= 31, days
    names = [int(n) for n in re.findall(r"n_qstr=(\d+)", lived.stdout)]
    assert len(names) == 2 and names[1] - names[0] <= 2  # of the bench: its numbers grow
