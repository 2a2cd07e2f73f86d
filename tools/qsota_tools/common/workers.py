"""Processes that share the work of a campaign, and end with it."""

import multiprocessing
import multiprocessing.pool
import signal

from qsota_tools.common import shim


def pool(count: int | None) -> multiprocessing.pool.Pool:
    """A pool of count processes (None: one for each core), forked from this one, that run the
    device's code; Ctrl-C is for its owner alone."""
    return multiprocessing.get_context("fork").Pool(count, _begin)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    shim.install()
