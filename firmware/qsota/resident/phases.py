# Code that is in memory only while it runs: a phase is imported, runs, and goes again.
import asyncio
import gc
import sys

_MINE = "qsota."
_RESIDENT = ("qsota.resident", "qsota.errors", "qsota.log", "qsota.device")


async def run(name, *args):
    """await name.run(*args), of a module that is loaded for this; then all that came with it goes.

    The result must be plain data, as the arguments: whatever refers to a phase keeps its code.
    """
    try:
        return await apart(_loaded(name).run(*args))
    finally:
        drop()


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
    try:
        return getattr(_loaded(name), function)(*args)
    finally:
        drop()


def _loaded(name):
    module = sys.modules.get(name)
    if module is None:
        try:
            module = _import(name)
        except MemoryError:
            # What was loaded by then is in the way of the second try.
            drop()
            module = _import(name)
    return module


def _import(name):
    gc.collect()
    __import__(name)
    return sys.modules[name]


def drop():
    """Unload every module of the library that is not resident, and collect what that frees."""
    for name in list(sys.modules):
        if name.startswith(_MINE) and not name.startswith(_RESIDENT):
            unload(name)
    gc.collect()


def unload(name):
    """Forget one module; its memory is free at the next collection."""
    # MicroPython leaves the value of a deleted entry in its table: hence the None, both times.
    sys.modules[name] = None
    del sys.modules[name]
    parent, _, last = name.rpartition(".")
    parent = sys.modules.get(parent)
    if parent and hasattr(parent, last):
        setattr(parent, last, None)
        delattr(parent, last)
