"""Upgrades during which single allocations of the device code fail, on the MicroPython VM itself.

    micropython -X heapsize=32M vm_memory.py FIRMWARE TOOLS TESTS_PATH SITES count
    ... SITES run FIRST COUNT SITE:OCCURRENCE:LENGTH ...

FIRMWARE is instrumented (instrument.py): each statement calls _t(its number). When its turn has
come, the heap is locked (micropython.heap_lock), so that whatever the statement allocates raises
MemoryError in the VM's own allocator; with the next statement, or after LENGTH of them, the heap
is open again. Locked is only the device: the world around it (clock, wire, flash, module, cloud,
judge) opens the heap on entry. One JSON line for each run.
"""

import builtins
import json
import sys
from array import array

import micropython

_firmware, _tools, _tests_path, _sites = sys.argv[1:5]


class Heap:
    """Counts statements and locks the heap at the chosen one."""

    def __init__(self, sites):
        self.counts = array("I", [0] * sites)
        self.site = -1
        self.occurrence = self.length = self.left = 0
        self.outside = 1  # not in the device's code
        self.failed = False

    def arm(self, site, occurrence, length):
        for n in range(len(self.counts)):
            self.counts[n] = 0
        self.site, self.occurrence, self.length = site, occurrence, length
        self.left = 0

    def tick(self, n):
        if self.outside:
            return
        if self.left:
            self.left -= 1
            if not self.left:
                micropython.heap_unlock()
        self.counts[n] += 1
        if n == self.site and self.counts[n] == self.occurrence and not self.left:
            self.left = self.length
            micropython.heap_lock()

    def leave(self):
        """The device calls the world."""
        if not self.outside and self.left:
            micropython.heap_unlock()
        self.outside += 1

    def enter(self):
        """Back to the device."""
        self.outside -= 1
        if not self.outside and self.left:
            micropython.heap_lock()

    def open(self):
        """Whatever happened: the world again."""
        if self.left and not self.outside:
            micropython.heap_unlock()
        self.left = 0
        self.outside = 1


heap = Heap(int(_sites))
builtins._t = heap.tick
sys.path[:0] = [_tests_path, _firmware, _tools]

from qsota import log  # noqa: E402
from qsota_tools.proof.hostile.traffic import Traffic  # noqa: E402
from qsota_tools.proof.lab import rig as lab  # noqa: E402
from qsota_tools.proof.lab.clock import Clock  # noqa: E402
from qsota_tools.proof.lab.nor_flash import Window  # noqa: E402
from qsota_tools.proof.lab.wire import Uart  # noqa: E402
from qsota_tools.proof.links.judge import Judge  # noqa: E402
from qsota_tools.proof.links.scenario import Scenario, make_rig  # noqa: E402

_NONE = object()


def of_the_world(cls, *names):
    """Methods in which the device's allocations do not fail."""
    for name in names:
        setattr(cls, name, _outside(getattr(cls, name)))


def _outside(fn):
    # Without *args: they would take heap before it is open.
    def call(a, b=_NONE, c=_NONE, d=_NONE):
        heap.leave()
        try:
            if b is _NONE:
                return fn(a)
            if c is _NONE:
                return fn(a, b)
            return fn(a, b, c) if d is _NONE else fn(a, b, c, d)
        finally:
            heap.enter()

    return call


lab.Rig.naps = False  # they take memory in the device's place
of_the_world(Uart, "any", "readinto", "write", "blind")
of_the_world(Window, "readblocks", "writeblocks", "ioctl")
of_the_world(Clock, "idle", "advance")
of_the_world(lab.Watchdog, "feed", "stop")
of_the_world(lab.BenchBoard, "reset", "settings", "watchdog", "uart", "_flash")
of_the_world(lab.Rig, "start_watchdog", "settled")
of_the_world(Scenario, "_is_over")


async def boot(rig, until, end):
    """As main.py: a start or an application that fails for memory ends in a reset."""
    rig.tasks = 0
    heap.outside = 0
    try:
        return await _boot(rig, until, end)
    except MemoryError:
        heap.open()
        raise lab.Reset() from None
    except ImportError:  # what a module that cannot be looked for comes to
        heap.open()
        raise lab.Reset() from None
    finally:
        heap.open()


async def guarded(rig, coro):
    """The updater, which is the first task of a boot, must not end, whatever is raised."""
    rig.tasks += 1
    await _guarded(rig, watched(rig, coro) if rig.tasks == 1 else coro)


async def watched(rig, coro):
    try:
        await coro
    except Exception as error:
        heap.open()
        rig.died = repr(error)
        raise


def stop(rig):
    """The boot is over; a task that is cancelled where no memory is sees that instead."""
    heap.open()
    _stop(rig)


_boot, _guarded, _stop = lab.Rig._boot, lab.Rig._guarded, lab.Rig._stop
lab.Rig._boot, lab.Rig._guarded, lab.Rig._stop = boot, guarded, stop


async def application(rig, device):
    try:
        await lab.good_app(rig, device)
    except MemoryError:
        heap.open()
        raise lab.Reset() from None


class MemoryJudge(Judge):
    def _logged(self, text):
        heap.leave()
        try:
            if "MemoryError" not in text:
                super()._logged(text)
        finally:
            heap.enter()


_LIMIT_MS = 50 * 60000


def upgrade():
    rig = make_rig(1500, flash_free=1300)
    rig.died = None
    scenario = Scenario(rig, judge=MemoryJudge, limit_ms=_LIMIT_MS, tries=3)
    scenario.judge.application = application
    traffic = Traffic(rig)
    outcome = scenario.run()
    heap.open()
    return {
        "outcome": outcome.outcome,
        "reason": outcome.reason,
        "problems": outcome.problems + (["updater died: " + rig.died] if rig.died else []),
        "requests": traffic.requests.most,
        "reads": traffic.reads.most,
        "restarts": len(rig.boots) + traffic.restarts,
        "virtual_ms": outcome.virtual_ms,
        "log": log.lines()[-6:],
    }


def main(what, *cases):
    if what == "count":
        heap.arm(-1, 0, 0)
        upgrade()
        print(json.dumps(list(heap.counts)))
        return
    for case in cases:
        heap.arm(*[int(part) for part in case.split(":")])
        print(json.dumps(upgrade()))


main(*sys.argv[5:])
