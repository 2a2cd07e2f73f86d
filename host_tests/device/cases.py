"""What a quick run leaves out: cases of a test, and long tests."""

import os
import sys

_ALL = os.getenv("QSOTA_CASES") == "all"
_ON_VM = sys.implementation.name == "micropython"
_EVERY_CASE = _ALL and not _ON_VM  # a VM is no place for thousands: it is half as fast


def each(nth):
    """The step of a range of cases: nth, or 1 for all of them."""
    return 1 if _EVERY_CASE else nth


def some(cases, nth):
    """Every nth of the cases, from the middle of the first nth; or all of them."""
    cases = list(cases)
    return cases if _EVERY_CASE else cases[nth // 2 :: nth]


def long(test):
    """A test that takes seconds, often hours of a board's time: no quick run has it."""
    return test if _ALL else None
