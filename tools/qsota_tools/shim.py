"""What MicroPython offers and CPython does not, so that `firmware/` runs unchanged on CPython.

Only names that stock MicroPython has are added; behaviour of the device code is never replaced.
"""

import asyncio
import sys
import time
import traceback
import types

from qsota_tools.paths import FIRMWARE

_TICKS_PERIOD = 1 << 30


def _ticks_ms() -> int:
    source = time.ticks_source
    now = source() if source else time.monotonic_ns() // 1_000_000
    return now % _TICKS_PERIOD


def _ticks_diff(end: int, start: int) -> int:
    half = _TICKS_PERIOD // 2
    return (end - start + half) % _TICKS_PERIOD - half


def _micropython() -> types.ModuleType:
    module = types.ModuleType("micropython")
    module.const = lambda value: value
    return module


def install() -> None:
    """Make `import qsota` work on CPython; calling it again changes nothing."""
    if "micropython" in sys.modules:
        return
    sys.modules["micropython"] = _micropython()
    time.ticks_source = None
    time.ticks_ms = _ticks_ms
    time.ticks_diff = _ticks_diff
    time.ticks_add = lambda ticks, delta: (ticks + delta) % _TICKS_PERIOD
    asyncio.sleep_ms = lambda ms: asyncio.sleep(ms / 1000)
    asyncio.wait_for_ms = lambda awaitable, ms: asyncio.wait_for(awaitable, ms / 1000)
    sys.print_exception = traceback.print_exception
    sys.path.insert(0, str(FIRMWARE))
