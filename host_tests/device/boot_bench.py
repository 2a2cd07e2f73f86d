"""The loader on a board of `rig.py`: power-ups, boots, and what main.py does."""

import sys

from qsota import log
from qsota.boot import application, attended, ending, hardware, loader, ready, starting
from qsota.boot.record_data import EMPTY, GOOD, TRIAL, Record
from qsota.resident import handover, phases, program
from rig import Module, Reset, Rig
from romfs_image import file, image
from util import with_modules

OLD = image(file("main.py", b"version = 'old'\n"), file("pad", bytes(9000)))
NEW = image(file("main.py", b"version = 'new'\n"), file("pad", bytes(5000)))


def rig_with(a=EMPTY, b=EMPTY, active=0, attempts=3, **options):
    """A rig with OLD in slot 0 and NEW in slot 1, in these states, on record."""
    rig, rec = Rig(**options), Record()
    for index, (data, state) in enumerate(((OLD, a), (NEW, b))):
        if state != EMPTY:
            burnable = attempts if state == TRIAL else 0
            rec.slots[index] = rig.put(index, data, state, "v%d" % index, burnable)
    rec.active = active
    rig.records().store(rec)
    return rig


def upgraded(**options):
    """The state after an upgrade: OLD confirmed in slot 0, NEW on trial in slot 1."""
    return rig_with(GOOD, TRIAL, 1, **options)


_mount = application.mount  # a bench without a file system may replace it


def forget():
    """The loader as after a reset."""
    application.mount = _mount
    attended.leave()
    handover.state = handover.State()


def power_up(rig):
    log.sink = None
    log.clear()
    rig.power_up()
    forget()


def boot_py(rig):
    """Power up and do what boot.py does, and no more; the loader's state."""
    power_up(rig)
    rig.run(loader.boot, rig.board())
    return handover.state


def boot(rig):
    """Power up and boot up to where the application would start; the loader's state."""
    before, starting.time = starting.time, Module(sleep=lambda s: None)

    def boot_and_start():
        loader.boot(rig.board())
        starting.start(handover.state.board, handover.state)

    power_up(rig)
    try:
        rig.run(boot_and_start)
    finally:
        starting.time = before
    return handover.state


def boot_over_resets(rig):
    """Boot until a boot does not end in a reset; how many did."""
    for resets in range(20):
        try:
            boot(rig)
            return resets
        except Reset:
            pass
    raise AssertionError("resets for ever")


def mounted_main(rig):
    fs, readonly = rig.vfs.mounts["/app"]
    assert readonly
    return fs.open("/main.py", "r").read()


def operations(rig):
    ops = []
    rig.flash.on_op = lambda *op: ops.append(op)
    return ops


def on_record(rig):
    """Newest record: active slot, states, attempts of slot 1, report, reason."""
    rec = rig.records().load()
    states = [slot.state for slot in rec.slots]
    return rec.active, states, rec.slots[1].attempts, rec.report, rec.reason


def hand_over(rig, name=None, module=None, pause=None):
    """What main.py does; module stands in for the one called name that would be imported, pause
    for the wait before a reset. The loader's code stays, with what stands in for its parts."""
    if not hasattr(sys, "print_exception"):
        sys.print_exception = print
    pauses = []
    before = program.time, starting.time, phases.drop, ready.load_board, hardware.load
    program.time = starting.time = Module(sleep=pause or pauses.append)
    phases.drop = lambda kept=(): None
    ready.load_board = hardware.load = rig.board
    # The very ones that the stand-ins are in: another test may have had them dropped.
    modules = {"qsota.boot.loader": loader, "qsota.boot.ending": ending, "qsota.boot.ready": ready}
    sys.modules["qsota.boot"].ready = ready
    if name:
        modules[name] = module

    def without_host_files():
        sys.path[:] = ["/app"]
        with_modules(modules, program.main)

    try:
        rig.run(without_host_files)
    finally:
        program.time, starting.time, phases.drop, ready.load_board, hardware.load = before
    return pauses


class Recovery:
    """Stands in for qsota.boot.recovery."""

    def __init__(self, error=None):
        self.error = error
        self.runs = []  # the time that each was given

    def main(self, ms):
        self.runs.append(ms)
        if self.error:
            raise self.error


def hand_over_to(rig, recovery):
    import qsota.boot  # maybe anew: the library unloads what is not resident

    before = getattr(qsota.boot, "recovery", None)
    qsota.boot.recovery = recovery
    try:
        return hand_over(rig, "qsota.boot.recovery", recovery)
    finally:
        del qsota.boot.recovery
        if before:
            qsota.boot.recovery = before
