# Code that is in memory only while it runs: a phase is imported, runs, and goes again.
import asyncio
import gc
import sys

from qsota.resident import handover

_MINE = "qsota."
_BOOT = "qsota.boot"
_RESIDENT = (
    "qsota.resident",
    "qsota.errors",
    "qsota.log",
    "qsota.device",
    "qsota.boot.spi",  # a chip is the record, two slots and a file system: one copy of its driver
)
# Want of memory, which the importer takes for a module that is not there.
LACK = (MemoryError, ImportError)

_depth = 0  # phases that run


async def run(name, *args):
    """await name.run(*args), of a module that is loaded for this; then all that came with it goes.

    The result must be plain data, as the arguments: whatever refers to a phase keeps its code.
    Within a phase that runs, what was there before stays.
    """
    kept = _begin()
    try:
        return await apart(_run(name, kept, args))
    finally:
        _end(kept)


async def _run(name, kept, args):
    return await load(name, kept).run(*args)


async def apart(coro):
    """Await a coroutine as a task of its own: each await of a chain takes some of the processor's
    stack, and a Pico has 8 KB of it."""
    task = asyncio.create_task(coro)
    try:
        return await task
    finally:
        if not task.done():
            task.cancel()


def call(name, function, *args):
    """As run(), for a plain function of the module."""
    kept = _begin()
    try:
        return getattr(load(name, kept), function)(*args)
    finally:
        _end(kept)


def _begin():
    global _depth
    kept = tuple(_passing()) if _depth else ()
    _depth += 1
    return kept


def _end(kept):
    global _depth
    _depth -= 1
    drop(kept)


def load(name, kept=None):
    """A module, imported with a second try if there is no memory: of what is loaded all goes for
    that but what is to be kept, None: nothing goes."""
    module = sys.modules.get(name)
    if module is None:
        try:
            module = _import(name)
        except LACK:
            # What was loaded by then is in the way of the second try.
            drop(_passing() if kept is None else kept)
            module = _import(name)
    return module


async def bring(names):
    """Load modules one after the other, with the application's turn in between: 8 ms for each KB
    of code on a Pico."""
    for name in names:
        try:
            get(name)  # a collection before each would take as long as they do
        except LACK:
            load(name)
        await asyncio.sleep_ms(0)
    _rest()


def _import(name):
    if _depth < 2:  # within a phase that runs, it would take as long as the code does
        gc.collect()
    get(name)
    _rest()
    return sys.modules[name]


def get(name):
    """A module, imported as things are; where it may run in place it does, unlike by an import
    statement."""
    # An application's own library is files of its image; the loader is always the root's.
    packed = pack()
    try:
        if packed and (not handover.state.library or name.startswith(_BOOT)):
            packed.load(name)
        else:
            __import__(name)
    except LACK:
        # An import that finds no memory may leave an entry without a value, which to look at
        # ends MicroPython.
        unload(name)
        # What failed may have been a module that this one imports. MicroPython has taken it out,
        # and its table refers to it all the same, from a place that is free: so each is used once.
        # No Ctrl-C comes between these two lines: it is looked for where code jumps.
        names: dict = sys.modules
        for place in range(300):  # at most: it has 223 for 150 modules
            names[place] = None
            names.pop(place)
        raise
    return sys.modules[name]


def pack():
    """The library where it is one file, see boot/packed.py; else None."""
    return getattr(sys.modules.get("qsota"), "pack", None)


def _rest():
    # What imports need takes 3 KB.
    packed = pack()
    if packed:
        packed.rest()


def _passing():
    # The bare package of the loader stays: it knows where the root's files are.
    names = sys.modules
    return [n for n in names if n.startswith(_MINE) and not n.startswith(_RESIDENT) and n != _BOOT]


def drop(kept=()):
    """Unload every module of the library that is not resident, nor kept, and collect what that
    frees."""
    for name in _passing():
        if name not in kept:
            unload(name)
    _rest()
    gc.collect()


def forget(*names):
    """Unload modules that the phase which runs has no more use for."""
    for name in names:
        if name in sys.modules:
            unload(name)
    gc.collect()


def unload(name):
    """Forget one module; its memory is free at the next collection."""
    # MicroPython's table still refers to a module whose import failed: hence the None.
    sys.modules[name] = None
    del sys.modules[name]
    parent, _, last = name.rpartition(".")
    parent = sys.modules.get(parent)
    if parent and hasattr(parent, last):
        setattr(parent, last, None)
        delattr(parent, last)
