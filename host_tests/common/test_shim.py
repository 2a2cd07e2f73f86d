"""What the device's code finds on CPython in MicroPython's place."""

import collections
import gc
import importlib
import sys


class Cycle:
    def __init__(self):
        self.itself = self


def test_a_collection_is_of_what_is_new_unless_its_caller_names_a_generation():
    seen = []
    gc.callbacks.append(lambda phase, info: seen.append(info["generation"]))
    try:
        gc.disable()
        Cycle()
        assert gc.collect() > 0
        gc.collect(2)
        gc.collect(generation=1)
    finally:
        gc.enable()
        gc.callbacks.pop()
    assert seen == [0, 0, 2, 2, 1, 1]  # a start and an end of each


def test_a_class_of_the_library_is_that_of_the_last_import_and_anybody_elses_a_new_one():
    def made(module):
        scope = {"__name__": module, "namedtuple": collections.namedtuple}
        exec('Made = namedtuple("Made", ("one", "two"))', scope)
        return scope["Made"]

    ours, theirs = made("qsota.session.some"), made("some")
    assert made("qsota.session.some") is ours and made("qsota.session.other") is not ours
    assert made("some") is not theirs and theirs.__module__ == "some"
    assert ours.__module__ == "qsota.session.some" and ours(1, two=2).two == 2


def test_a_module_of_the_library_is_found_again_where_it_was():
    name = "qsota.session.names"
    first = importlib.import_module(name)
    del sys.modules[name]
    try:
        second = importlib.import_module(name)
    finally:
        sys.modules[name] = sys.modules["qsota.session"].names = first
    assert second is not first and second.__file__ == first.__file__
