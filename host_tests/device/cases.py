"""How many of the cases of a test are tried: some in a quick run, all with QSOTA_CASES=all."""

import os

_ALL = os.getenv("QSOTA_CASES") == "all"


def each(nth):
    """The step of a range of cases: nth, or 1 for all of them."""
    return 1 if _ALL else nth


def some(cases, nth):
    """Every nth of the cases, from the middle of the first nth; or all of them."""
    cases = list(cases)
    return cases if _ALL else cases[nth // 2 :: nth]
