"""Helpers of the tests that run on CPython and on the MicroPython VM alike."""

import gc
import os
import sys
from binascii import hexlify

from qsota.resident import phases
from qsota_tools.proof.lab.clock import Clock

ON_MICROPYTHON = sys.implementation.name == "micropython"


def heap_used():
    """Bytes of MicroPython's heap that are in use, or not collected yet; 0 on CPython."""
    return gc.mem_alloc() if ON_MICROPYTHON else 0


def live():
    """Bytes of MicroPython's heap that are in use; 0 on CPython."""
    gc.collect()
    return heap_used()


def drive(result):
    """Do all steps of a call that returned an iterator of them; its result, or the last step."""
    if not hasattr(result, "send"):
        return result
    last = None
    for last in result:
        pass
    return last


def raises(kind, fn, *args):
    """Call fn(*args), with all its steps; expect an exception of that kind and return it."""
    try:
        drive(fn(*args))
    except kind as error:
        return error
    raise AssertionError("no " + kind.__name__)


def pattern(size, seed=0):
    """Bytes that do not repeat soon."""
    return bytes((i * 7 + (i >> 8) * 31 + seed) & 0xFF for i in range(size))


def run(coro, clock=None):
    """Run a coroutine in virtual time and return its result."""
    return (clock or Clock()).run(coro)


def with_modules(modules, fn, *args):
    """Call fn(*args) with these objects (name -> object) in place of the modules."""
    before = {}
    for name, module in modules.items():
        before[name] = sys.modules.get(name)
        sys.modules[name] = module
    try:
        return fn(*args)
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def with_loaded(path, make, fn, *args):
    """Call fn(*args) with make(what is there) in place of path, "qsota.session.report Reporter
    settle" for example; the phases stay loaded, so that it counts."""
    module, *names = path.split()
    __import__(module)
    owner = sys.modules[module]
    for name in names[:-1]:
        owner = getattr(owner, name)
    before, drops = getattr(owner, names[-1]), (phases.drop, phases.forget)
    setattr(owner, names[-1], make(before))
    phases.drop, phases.forget = lambda kept=(): None, lambda *names: None
    try:
        return fn(*args)
    finally:
        setattr(owner, names[-1], before)
        phases.drop, phases.forget = drops


def with_files(files, fn):
    """Call fn(path) with a folder of these files (name -> text), which is its own, as tests run
    beside each other."""
    path = "/tmp/qsota-files-" + hexlify(os.urandom(4)).decode()
    os.mkdir(path)
    try:
        for name, text in files.items():
            with open(path + "/" + name, "w") as file:
                file.write(text)
        return fn(path)
    finally:
        _remove(path)


def _remove(folder):
    for name in os.listdir(folder):
        try:
            os.remove(folder + "/" + name)
        except OSError:
            _remove(folder + "/" + name)
    os.rmdir(folder)
