"""Who hears of the modules that a pack has loaded, where flash has addresses."""

import sys

from pack_bench import CODE, IN_PLACE, START, Bench, with_library
from util import raises, with_modules


class Mover:
    """Stands in for in_place.py: what it is told of, and whether that was loaded by then."""

    def __init__(self, error=None):
        self.told, self.error, self.running = [], error, []

    def take(self, pack, module, place, running):
        assert place >> 20 == START and pack.size == len(module.code)
        self.told.append(module.code)
        self.running.append(running)
        if self.error:
            raise self.error


def load_in_place(mover, flash=(0, 4096, 512), name="qsota.boot.record"):
    """Load a module of a pack whose flash has addresses, if it has; the bench."""
    bench = Bench()
    bench.system.flash = flash
    with_library(with_modules, {IN_PLACE: mover}, bench.system.load, name)
    return bench


def test_where_flash_has_addresses_each_module_may_run_in_place_once_it_is_loaded():
    mover = Mover()
    load_in_place(mover)
    assert mover.told == [CODE["/boot/empty.mpy"], CODE["/log.mpy"], CODE["/boot/record.mpy"]]


def test_where_it_has_none_nobody_is_told():
    mover = Mover()
    load_in_place(mover, None)
    assert mover.told == []


def test_what_lets_modules_run_in_place_is_loaded_before_them():
    bench = Bench()
    bench.system.flash = (0, 4096, 512)
    sys.modules.pop(IN_PLACE, None)
    # It is not in this pack: an error tells that it was looked for, before all else.
    assert raises(OSError, with_library, bench.system.load, "qsota.boot.record").args[0] == 2
    assert bench.imported == []


def test_no_memory_for_that_leaves_one_module_where_it_is():
    mover = Mover(MemoryError())
    bench = load_in_place(mover)
    assert len(mover.told) == len(bench.imported) == 3 and bench.system.flash


def test_another_fault_of_it_is_the_last_one():
    mover = Mover(IndexError())
    bench = load_in_place(mover)
    assert len(mover.told) == 1 and len(bench.imported) == 3 and bench.system.flash is None


def test_what_is_loaded_may_run_in_place_from_now_on_but_for_a_function_that_runs():
    mover, bench = Mover(), Bench()

    def load_and_move():
        bench.system.load("qsota.boot.record")
        assert mover.told == []
        bench.system.flash = (0, 4096, 512)
        bench.system.move("qsota.boot.record", len)

    with_library(with_modules, {IN_PLACE: mover}, load_and_move)
    assert mover.told == [CODE["/boot/record.mpy"]] and mover.running == [len]
