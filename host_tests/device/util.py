"""Helpers of the tests that run on CPython and on the MicroPython VM alike."""

from qsota_tools.lab.clock import Clock


def raises(kind, fn, *args):
    """Call fn(*args), expect an exception of that kind and return it."""
    try:
        fn(*args)
    except kind as error:
        return error
    raise AssertionError("no " + kind.__name__)


def run(coro, clock=None):
    """Run a coroutine in virtual time and return its result."""
    return (clock or Clock()).run(coro)
