# All of boot.py, which MicroPython compiles at each start: 1 ms for each two lines.
#
# What the library imports of MicroPython is known from the beginning. MicroPython looks for these
# names among files before it takes its own module, at each import: 8 ms, and in the end those of
# an application. But first of all it looks in sys.modules.
import gc
import sys

from micropython import const

_SMALL = const(131072)
_STEP = const(4096)

SYSTEM = (
    "array",
    "asyncio",
    "binascii",
    "collections",
    "deflate",
    "errno",
    "hashlib",
    "io",
    "json",
    "machine",
    "os",
    "pyb",
    "rp2",
    "stm",
    "struct",
    "time",
    "uctypes",
)


def start():
    """Make ready for the library, and seal the root."""
    if sys.platform != "rp2" and gc.mem_free() < _SMALL:  # which takes 7 ms on a Pico to count
        gc.threshold(_STEP)  # else what stays comes to lie all over a small heap
    keep()  # first: no import from now on looks for MicroPython's among files
    from qsota.boot.loader import boot

    boot()


def keep():
    """Put them there."""
    path = sys.path[:]
    sys.path[:] = (".frozen",)  # none of them is a file
    try:
        for name in SYSTEM:
            try:
                sys.modules[name] = __import__(name)
            except ImportError:
                pass  # another port's
    finally:
        sys.path[:] = path
