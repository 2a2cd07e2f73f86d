"""One fault at each place of an upgrade where it can be, one run for each: nothing is left out.

The places are counted on an upgrade without faults; up to its fault each run is the same.
Runs on CPython and on MicroPython.
"""

from qsota_tools.proof.links import urcs
from qsota_tools.proof.links.scenario import Scenario, make_rig

_SIZE = 1500
_OPTIONS = {"flash_free": 1300}  # two blocks
_LATE_MS = 4000  # after the 3 s for which the device waits
_writes = {}


class _Nth:
    """Calls act(data) -> data for the write number `index`, from 0, and counts them all."""

    def __init__(self, index, act):
        self.count = 0
        self._index = index
        self._act = act

    def __call__(self, data):
        self.count += 1
        return self._act(data) if self.count == self._index + 1 else data


def _rig():
    return make_rig(_SIZE, **_OPTIONS)


def writes(direction):
    """The data of every write in one direction of an upgrade without faults."""
    if not _writes:
        _writes.update(tx=_record("tx"), rx=_record("rx"))
    return _writes[direction]


def _record(direction):
    scenario, seen = Scenario(_rig(), next_plan=False), []

    def keep(data):
        seen.append(data)
        return data

    getattr(scenario.rig.uart, direction).filters.append(keep)
    scenario.run()
    return seen


def prepare(name, number):
    """The Scenario of one case, 0..count(name)-1."""
    scenario = Scenario(_rig())
    direction, make_act = _WRITES.get(name, ("rx", None))
    if name == INSERTED:
        number, place, _, text = insertions()[number]
        make_act = _insert(place, text)
    rig = scenario.rig
    getattr(rig.uart, direction).filters.append(_Nth(number, make_act(rig)))
    return scenario


# --- what happens to one write: fn(rig) -> fn(data) -> data


def _lose(rig):
    return lambda data: b""


def _halve(rig):
    return lambda data: data[: len(data) // 2]


def _damage(rig):
    return lambda data: data[: len(data) // 2] + b"\x7e" + data[len(data) // 2 + 1 :]


def _repeat(rig):
    return lambda data: data + data


def _delay(rig):
    def act(data):
        rig.clock.after(_LATE_MS, rig.uart.receive, data)
        return b""

    return act


def _meanwhile(happens):
    """The write travels as it is, while happens(rig)."""

    def make_act(rig):
        def act(data):
            happens(rig)
            return data

        return act

    return make_act


def _refuse(rig):
    rig.module.refuse_next(1)


def _reboot(ms):
    return _meanwhile(lambda rig: rig.clock.after(ms, rig.module.reboot))


def _reset_mcu(rig):
    rig.bitten = True


def _insert(place, text):
    return lambda rig: lambda data: urcs.insert(data, place, text)


_WRITES = {
    "each-command-lost": ("tx", _lose),
    "each-command-cut": ("tx", _halve),
    "each-command-damaged": ("tx", _damage),
    "each-command-refused": ("tx", _meanwhile(_refuse)),
    "each-answer-lost": ("rx", _lose),
    "each-answer-cut": ("rx", _halve),
    "each-answer-damaged": ("rx", _damage),
    "each-answer-doubled": ("rx", _repeat),
    "each-answer-late": ("rx", _delay),
    "reboot-at-each-command": ("tx", _reboot(0)),
    "reboot-after-each-command": ("tx", _reboot(20)),
    "reboot-at-each-answer": ("rx", _reboot(0)),
    "mcu-reset-at-each-command": ("tx", _meanwhile(_reset_mcu)),
    "mcu-reset-at-each-answer": ("rx", _meanwhile(_reset_mcu)),
}
INSERTED = "each-urc-at-each-place"
NAMES = sorted(_WRITES) + [INSERTED]


def insertions():
    """(number of the write, place in it, name of the URC, its bytes) of all cases."""
    cases = []
    for index, data in enumerate(writes("rx")):
        for place in urcs.places(data):
            cases += [(index, place, name, text) for name, text in urcs.URCS]
    return cases


def count(name):
    """How many runs the class has."""
    return len(insertions()) if name == INSERTED else len(writes(_WRITES[name][0]))


def run(name, number):
    """The Outcome of one case."""
    return prepare(name, number).run()
