"""A clock whose time passes when a test says so, for parts of an STM32 without a processor."""

from types import SimpleNamespace

from qsota_tools.emulated.cortex_m.clock import Clock


def idle_clock():
    """A clock of a processor that executes nothing: stall() lets time pass."""
    return Clock(SimpleNamespace(executed=0, limit=0), half_word_ns=20)


class Line:
    """An interrupt line that tells its level."""

    def __init__(self):
        self.active = False

    def __call__(self, active):
        self.active = active
