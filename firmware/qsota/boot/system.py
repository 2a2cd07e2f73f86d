# What the library imports of MicroPython, known from the beginning. MicroPython looks for these
# names among files before it takes its own module, at each import: 8 ms, and in the end those of
# an application. But first of all it looks in sys.modules.
import sys

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
