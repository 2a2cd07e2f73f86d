"""What the device code keeps in its modules, so that many devices can share one interpreter."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from qsota import log
from qsota.resident import handover, phases
from qsota_tools.proof.lab.clock import Clock


class Turn:
    """One device's share of it; `with turn:` puts that in place, and keeps what becomes of it."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._state = handover.State()
        self._log: dict[str, Any] = {
            "_lines": [None] * len(log._lines),
            "_next": 0,
            "_telling": False,
            "asked": None,
            "sink": None,
        }

    def __enter__(self) -> None:
        handover.state = self._state
        vars(log).update(self._log)
        time.ticks_source = self._clock.ticks

    def __exit__(self, *_exc: object) -> None:
        self._state = handover.state
        self._log = {name: getattr(log, name) for name in self._log}
        time.ticks_source = None


@contextmanager
def sharing() -> Iterator[None]:
    """Around all turns: the code of the phases stays loaded, since others are in the middle of
    it."""
    drop, depth, source = phases.drop, phases._depth, time.ticks_source
    kept = Turn(Clock())
    kept.__exit__()
    phases.drop = lambda kept=(): None
    try:
        yield
    finally:
        phases.drop, phases._depth = drop, depth
        kept.__enter__()
        time.ticks_source = source
