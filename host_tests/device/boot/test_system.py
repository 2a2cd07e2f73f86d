"""MicroPython's own modules, known before anything is looked for among files."""

import sys

from qsota.boot import system
from rig import Module
from util import with_modules


def kept():
    before, path = dict(sys.modules), sys.path[:]
    for name in system.SYSTEM:
        sys.modules.pop(name, None)
    try:
        system.keep()
        return [name for name in system.SYSTEM if name in sys.modules], sys.path[:] == path
    finally:
        sys.modules.update(before)


def test_those_that_there_are_are_found_without_a_look_at_files():
    found, same_path = kept()
    assert "time" in found  # in CPython the others are files
    assert same_path


def test_those_of_another_port_are_passed_over():
    assert "stm" not in kept()[0]


def started(platform, free):
    """What boot.py does on that platform with so many bytes of heap, one thing after another."""
    did = []
    before = system.gc, system.sys, system.keep
    loader = Module(boot=lambda: did.append("loader"))
    system.keep = lambda: did.append("keep")
    system.sys = Module(platform=platform)
    system.gc = Module(mem_free=lambda: free, threshold=did.append)
    try:
        with_modules({"qsota.boot.loader": loader}, system.start)
    finally:
        system.gc, system.sys, system.keep = before
    return did


def test_the_loader_starts_when_micropythons_own_modules_are_known():
    assert started("pyboard", 200000) == ["keep", "loader"]


def test_a_small_heap_is_collected_before_it_is_full():
    assert started("pyboard", 80000) == [4096, "keep", "loader"]


def test_the_heap_of_a_pico_is_not_counted():
    assert started("rp2", 80000) == ["keep", "loader"]
