# Sent to a board over its raw REPL before anything else, while the interrupted program may leave
# little room in the heap. What a function finds it prints, as a Python literal.
import gc
import sys
import time

import machine

_HANDOVER = "qsota.resident.handover"  # its timer restarts the board if this host just goes away
_PATIENCE_MIN = 60
# The first four are no built-in modules on the virtual board.
_KEPT = ("machine", "pyb", "rp2", "stm", _HANDOVER)


def _watchdog():
    # What to write where: imports take time, and a watchdog is held before each piece of work.
    try:
        import stm

        # The key that feeds it, without effect if it does not run.
        return (stm.IWDG1 if hasattr(stm, "IWDG1") else stm.IWDG), 0xAAAA
    except ImportError:
        pass
    try:
        import rp2  # noqa: F401
    except ImportError:
        return None  # neither port: so `identify` will tell
    rp2350 = "RP2350" in getattr(sys.implementation, "_machine", "")
    return (0x400DB000 if rp2350 else 0x4005B000), 1 << 30


_hold = _watchdog()


def hold_watchdog():
    """An interrupted program feeds none. It is stopped; on stm32, where nothing can do that, it is
    fed, by everything that takes time."""
    if _hold:
        machine.mem32[_hold[0]] = _hold[1]


def running():
    """(the loader is at work or done, a program was started, its slot, whether the updater alone
    ran in its place, the log, bytes of heap used and free) as they are in RAM of the loader and
    the library; slot None of a program that was started: recovery."""
    handover, log = sys.modules.get(_HANDOVER), sys.modules.get("qsota.log")
    state = getattr(handover, "state", None)
    # While a program runs without a Device, the record is packed.
    loaded = bool(getattr(state, "record", None) or getattr(state, "packed", None))
    told = (state.started, state.slot, state.alone) if loaded else (False, None, False)
    gc.collect()
    heap = gc.mem_alloc(), gc.mem_free()
    print((loaded,) + told + (log.lines() if log else [], heap))


def make_room():
    """The interrupted program is not gone on with: its modules go."""
    kept = [(name, sys.modules[name]) for name in _KEPT if name in sys.modules]
    for name, module in kept:
        if name == _HANDOVER:
            module.state.rest = _PATIENCE_MIN  # of a host at a UART nobody sees anything
    sys.modules.clear()  # what is only deleted from a dict stays in its table, not to be collected
    sys.modules.update(kept)
    gc.collect()


def restart():
    """Soon, so that the host hears that this was understood."""
    time.sleep_ms(100)
    machine.reset()
