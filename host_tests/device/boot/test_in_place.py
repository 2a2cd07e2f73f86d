"""Bytecode that runs where it lies in flash: what is changed, when, and what is left alone.

On the VM itself, with its own objects: host_tests/firmware/test_library_in_place.py."""

from mapped_flash import BLOCK, FLASH, PLAIN, STEPS, Bench, code
from rig import Module

NAMES = ("outer", "steps", "method", "walk", "long" * 30)


def outer():
    pass


def steps():
    yield


class Thing:
    def method(self):
        pass

    def walk(self):
        yield

    number = 3


METHODS = Thing.__dict__["method"], Thing.__dict__["walk"]
FUNCTIONS = (outer, steps) + METHODS


def module_of(bench, functions=FUNCTIONS, owner=None):
    """A module with these, loaded: their objects and their bytecode are in memory."""
    module = Module(outer=outer, steps=steps, Thing=Thing, plain=3, builtin=len)
    for function, name in zip(functions, NAMES):
        bench.make(function, owner or module, code(name))
    return module


def bench_with(**options):
    bench = Bench([code(name) for name in NAMES], **options)
    bench.begin()
    return bench


def placed(bench, functions=FUNCTIONS):
    return [bench.is_in_place(function) for function in functions]


def test_functions_generators_and_methods_run_in_place():
    bench = bench_with()
    bench.take(module_of(bench))
    assert placed(bench) == [True] * 4
    for function, name in zip(FUNCTIONS, NAMES):
        assert bench.memory.read(bench.where(function), len(code(name))) == code(name)


def test_a_function_that_runs_stays_where_it_is():
    bench = bench_with()
    bench.take(module_of(bench), steps)
    assert placed(bench) == [True, False, True, True]


def test_its_own_two_are_tried_first_and_called():
    bench = bench_with()
    own = bench.module._plain, bench.module._steps
    assert placed(bench, own) == [True, True] and bench.pack.flash
    for function, wanted in zip(own, (PLAIN, STEPS)):
        assert bench.memory.read(bench.where(function), len(wanted)) == wanted


def test_the_blocks_may_be_anywhere_in_the_root():
    order = [5, 17, 2, 3, 0, 9, 8, 20]
    bench = bench_with(order=order, pad=2200)
    assert bench.last > 3 and list(bench.pack.chain) == order[: bench.last + 1]
    bench.take(module_of(bench))
    assert sum(placed(bench)) >= 3  # one may lie in two blocks


def test_its_own_file_may_begin_in_the_first_block():
    bench = bench_with(pad=30)
    bench.take(module_of(bench))
    assert bench.pack.flash and bench.is_in_place(outer)


def test_a_function_that_lies_in_two_blocks_stays_in_memory():
    seen = set()
    for pad in range(600, 600 + BLOCK, 7):
        bench = bench_with(pad=pad)
        bench.take(module_of(bench))
        for function, name, is_placed in zip(FUNCTIONS, NAMES, placed(bench)):
            assert bench.memory.read(bench.where(function), len(code(name))) == code(name)
            seen.add(is_placed)
    assert seen == {True, False}


def test_what_another_module_has_made_is_left_alone():
    """It may be on the stack, or a coroutine of it alive."""
    bench = bench_with()
    bench.take(module_of(bench, owner=Module()))
    assert placed(bench) == [False] * 4


def test_what_flash_does_not_hold_byte_for_byte_stays_in_memory():
    bench = bench_with()
    wanted = code(NAMES[1])
    at = bytes(bench.memory.flash).find(wanted) + len(wanted) - 1
    bench.memory.flash[at] ^= 1
    bench.take(module_of(bench))
    assert placed(bench) == [True, False, True, True]


def test_bytes_that_are_found_between_two_keys_are_no_key():
    bench = bench_with()
    module = module_of(bench)
    keys = b"".join(b"a" + code(name)[2:4] + b"b" for name in NAMES)
    pieces, context = [(0, 1 << 16, FLASH)], bench.memory.address(module)
    # No place is looked at.
    bench.module._move(module.__dict__, context, None, pieces, keys, None)
    assert placed(bench) == [False] * 4


def test_a_module_that_is_not_to_run_in_place_does_not():
    bench = bench_with()
    bench.starts(0)
    bench.take(module_of(bench))
    assert placed(bench) == [False] * 4


def test_what_is_in_place_already_stays_there():
    bench = bench_with()
    module = module_of(bench)
    bench.take(module)
    before = [bench.where(function) for function in FUNCTIONS]
    bench.take(module)
    assert [bench.where(function) for function in FUNCTIONS] == before


def test_a_pointer_that_is_none_is_not_followed():
    bench = bench_with()
    module = module_of(bench)
    words = bench.module.uctypes.struct(bench.memory.address(outer), bench.module._OBJECT)
    words[3] += 1  # not where memory that is handed out begins
    bench.take(module)
    assert placed(bench) == [False, True, True, True]


def test_nothing_is_touched_before_it_is_known_that_functions_are_made_so():
    """Another MicroPython: another type, another second word, functions within."""
    for word in (0, 1, 2):
        bench = Bench()
        at = bench.memory.address(bench.module._steps)
        words = bench.module.uctypes.struct(at, bench.module._OBJECT)
        words[word] += 16
        before = bytes(bench.memory.ram)
        bench.begin()
        assert bench.pack.flash is None and bytes(bench.memory.ram) == before


def without(*codes):
    bench = Bench()
    for wanted in codes:
        bench.memory.flash[bytes(bench.memory.flash).find(wanted) + 9] ^= 1
    bench.begin()
    return bench.pack.flash


def test_where_none_of_its_own_two_is_found_nothing_runs_in_place():
    assert without(PLAIN, STEPS) is None
    assert without(PLAIN) and without(STEPS)  # that one may lie in two blocks


def test_where_its_own_two_do_not_work_in_place_nothing_runs_there():
    bench = Bench()
    plain, moved = bench.module._plain, []

    class Broken:
        def __call__(self):
            moved.append(bench.is_in_place(plain))

    broken = Broken()
    bench.module._KINDS = bench.module._KINDS + (Broken,)
    bench.make(broken, bench.module, PLAIN)
    bench.module._plain, plain = broken, broken
    bench.begin()
    assert moved == [True] and bench.pack.flash is None


def test_a_pack_that_is_not_in_flash_is_not_found():
    bench = Bench()
    at = bench.order[bench.last] * BLOCK
    bench.memory.flash[at : at + BLOCK] = bytes(BLOCK)
    bench.begin()
    assert bench.pack.flash is None and not bench.pack.chain


def test_pointers_that_lead_out_of_the_root_are_not_followed():
    bench = Bench(pad=2000)
    at = bench.order[2] * BLOCK
    bench.memory.flash[at : at + 4] = b"\xff\xff\xff\x7f"
    bench.begin()
    assert bench.pack.flash is None and not bench.pack.chain


def test_an_older_pack_with_the_same_end_is_not_taken_for_this_one():
    bench = Bench(order=[8, 9, 10, 11, 12])
    old = bytes(bench.memory.flash[8 * BLOCK : 13 * BLOCK])
    bench.order = [18, 19, 20, 21, 22]
    bench.write()
    # Of the old one all blocks are there, before the new ones; the first one is another.
    bench.memory.flash[8 * BLOCK : 13 * BLOCK] = b"\1" + old[1:]
    bench.begin()
    assert bench.pack.flash and list(bench.pack.chain)[:2] == [18, 19]


def test_only_itself_finds_out_about_flash():
    bench = Bench([code(name) for name in NAMES])
    bench.take(module_of(bench))
    assert bench.pack.chain is None and placed(bench) == [False] * 4
