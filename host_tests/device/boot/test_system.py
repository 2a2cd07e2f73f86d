"""MicroPython's own modules, known before anything is looked for among files."""

import sys

from qsota.boot import system


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
