"""Fixtures of the emulated boards' tests."""

import pytest


@pytest.fixture
def pico():
    """A Pico with blank flash."""
    from pico_registers import BLANK

    from qsota_tools.emulated.rp2040.pico import Pico

    return Pico(BLANK)
