"""Callables and targets of an application that raise, talk nonsense, hang or hold the processor.

Runs on CPython and on MicroPython.
"""

import asyncio

from qsota_tools.proof.lab.targets import Target

MARK = "hostile"  # is in the text of every exception from here


class Unspeakable(Exception):
    """Its text cannot be had either."""

    def __repr__(self):
        raise ValueError(MARK)

    __str__ = __repr__


_ERRORS = (
    lambda: ValueError(MARK),
    lambda: OSError(5, MARK),
    lambda: MemoryError(MARK),
    lambda: KeyError(MARK),
    lambda: StopIteration(MARK),
    lambda: AttributeError(MARK),
    lambda: asyncio.CancelledError(),
    Unspeakable,
)
_NONSENSE = (
    lambda: None,
    lambda: "",
    lambda: "many " + MARK,
    lambda: b"\xff",
    lambda: -1,
    lambda: 10**12,
    lambda: float("nan"),
    list,
    dict,
    object,
    lambda: True,
    lambda: False,
    lambda: asyncio,
)
_LONGEST_HOLD_MS = (100, 3000, 30000)

RAISE, TALK, HANG, HOLD, AWAIT = "raise", "talk", "hang", "hold", "await"
WAYS = (RAISE, TALK, HANG, HOLD, AWAIT)


class Misconduct:
    """Ways to misbehave, drawn from the dice of a run until faults.healed."""

    def __init__(self, faults):
        self._faults = faults
        self._dice = faults.dice
        self._clock = faults.rig.clock
        # One way all the time, or another one at each call.
        self._way = self._dice.pick(WAYS + (None, None, None))

    def instead_of(self, good, may_wait=True):
        """A callable that is good(*args) once healed; may_wait: coroutines are understood."""

        def fn(*args):
            if self._faults.healed or self._dice.once_in(8):
                return good(*args)
            return self._act(may_wait)

        return fn

    def _act(self, may_wait):
        way = self._way or self._dice.pick(WAYS)
        if way == HOLD:
            self._hold()
            return None
        if may_wait and way == HANG:
            return self._hang()
        if may_wait and way == AWAIT:
            return self._late()
        if way == RAISE:
            raise self._dice.pick(_ERRORS)()
        return self._dice.pick(_NONSENSE)()

    def _hold(self):
        self._clock.advance(self._dice.between(1, self._dice.pick(_LONGEST_HOLD_MS)))

    async def _hang(self):
        await asyncio.Event().wait()

    async def _late(self):
        await asyncio.sleep_ms(self._dice.between(1, 60000))
        return self._act(False)


class HostileTarget(Target):
    """The target of a further component: some of its methods and attributes misbehave."""

    def __init__(self, misconduct, bad):
        """bad: names of what misbehaves."""
        for name in bad:
            good = getattr(self, name, None)
            if callable(good):
                setattr(self, name, misconduct.instead_of(good, may_wait=False))
            else:
                setattr(self, name, _nonsense(misconduct))


BAD_PARTS = (
    "begin",
    "erase_step",
    "write",
    "rewind",
    "finish",
    "install",
    "version",
    "capacity",
    "needs_reset",
)


def _nonsense(misconduct):
    return misconduct._dice.pick(_NONSENSE)()
