"""Code that is in memory only while it runs."""

import asyncio
import sys

import qsota
from qsota.resident import handover, phases
from util import live, raises, run, with_files

NAME = "qsota.session.names"


def loaded(prefix="qsota.session"):
    return [name for name in sys.modules if name.startswith(prefix)]


def with_import(failures, fn, *args):
    """Call fn(*args) while that many imports find no memory; how many were tried."""
    tries = []
    real = phases._import

    def starved(name):
        tries.append(name)
        if len(tries) <= failures:
            raise MemoryError()
        return real(name)

    phases._import = starved
    try:
        return fn(*args), len(tries)
    finally:
        phases._import = real


def test_a_function_of_a_phase_is_called_and_its_code_goes():
    phases.drop()
    assert phases.call(NAME, "are_names", ["MCU", "LCD"]) is True
    assert loaded() == [] and loaded("qsota.update") == []


def test_what_is_resident_stays():
    __import__("qsota.errors")
    phases.call(NAME, "are_names", ["MCU"])
    assert "qsota.resident.phases" in sys.modules and "qsota.errors" in sys.modules
    assert qsota.resident.phases is phases


def test_the_parent_package_forgets_the_phase_as_well():
    phases.call(NAME, "are_names", ["MCU"])
    assert not hasattr(qsota, "session") and not hasattr(qsota, "update")


def test_a_phase_that_is_loaded_already_is_used():
    __import__(NAME)
    found, tries = with_import(0, phases.call, NAME, "are_names", ["a:b"])
    assert found is False and tries == 0


def test_within_a_phase_no_collection_comes_before_code():
    """It would hold the processor for as long again."""

    class Gc:
        collections = 0

        def collect(self):
            self.collections += 1

    def collections(fn):
        phases.drop()
        before, phases.gc = phases.gc, Gc()
        try:
            fn()
            return phases.gc.collections
        finally:
            phases.gc = before

    def alone():
        phases.call(NAME, "are_names", ["MCU"])

    phases.unused = alone
    try:
        # One before and one after; inside of another phase only those of the outer, and after.
        assert collections(alone) == 2
        assert collections(lambda: phases.call("qsota.resident.phases", "unused")) == 2
    finally:
        del phases.unused


def test_code_for_which_there_is_no_memory_is_loaded_once_more():
    phases.drop()
    found, tries = with_import(1, phases.call, NAME, "are_names", ["MCU"])
    assert found is True and tries == 2


def test_code_for_which_there_is_never_memory_is_an_error_and_leaves_nothing():
    phases.drop()
    raises(MemoryError, with_import, 9, phases.call, NAME, "are_names", ["MCU"])
    assert loaded() == []


def test_a_phase_that_waits_is_dropped_when_it_has_ended():
    seen = []

    class Broken:
        async def run(self):
            __import__(NAME)
            await asyncio.sleep_ms(10)
            seen.extend(loaded())
            raise ValueError("nothing here")

    async def main():
        sys.modules["qsota.outer"] = Broken()
        await phases.run("qsota.outer")

    raises(ValueError, run, main())
    assert NAME in seen and loaded() == [] and "qsota.outer" not in sys.modules


def test_modules_come_one_after_the_other_each_with_a_second_try():
    phases.drop()
    tries = []

    def starved(name):
        tries.append(name)
        if len(tries) == 1:
            raise MemoryError()
        return __import__(name)

    phases.__import__ = starved
    try:
        run(phases.bring((NAME, "qsota.session.events")))
    finally:
        del phases.__import__
    assert tries == [NAME, NAME, "qsota.session.events"] and set(tries) <= set(loaded())
    phases.drop()


class Pack:
    """A library that is one file: what it was asked to load, and how often to rest."""

    def __init__(self):
        self.loaded, self.rests = [], 0

    def load(self, name):
        self.loaded.append(name)
        __import__(name)

    def rest(self):
        self.rests += 1


def with_pack(library, *args):
    """phases.call() with that as the place of an application's own library."""
    phases.drop()
    before, handover.state = handover.state, handover.State()
    handover.state.library = library
    qsota.pack = Pack()
    try:
        phases.call(*args)
        return qsota.pack
    finally:
        del qsota.pack
        handover.state = before


def test_a_library_in_one_file_loads_its_modules_itself_and_closes_the_file_then():
    pack = with_pack("", NAME, "are_names", ["MCU"])
    assert pack.loaded == [NAME] and pack.rests == 2  # loaded, and unloaded


def test_an_import_without_memory_leaves_no_entry_that_another_would_take_for_a_module():
    tries = []

    def starved(self, name):
        tries.append(name)
        sys.modules[name] = None  # MicroPython's is worse: one without a value
        raise MemoryError()

    before, Pack.load = Pack.load, starved
    try:
        raises(MemoryError, with_pack, "", NAME, "are_names", ["MCU"])
    finally:
        Pack.load = before
    assert tries == [NAME, NAME] and NAME not in sys.modules


def test_a_module_that_fails_within_an_import_leaves_nothing_in_memory_either():
    """MicroPython's table of modules refers to each that it has taken out. By chance the C
    stack refers to the last one, too."""
    files = {}
    for n in range(5):
        files["qsota_outer%d.py" % n] = "import qsota_inner%d\n" % n
        files["qsota_inner%d.py" % n] = "held = bytearray(200000)\nraise MemoryError\n"

    def load(path):
        sys.path.insert(0, path)
        begun, names = live(), set(sys.modules)
        try:
            for n in range(5):
                raises(MemoryError, with_pack, "/app/lib/qsota", "qsota_outer%d" % n, "run")
            assert live() - begun < 300000 and not set(sys.modules) - names
        finally:
            sys.path.remove(path)

    with_files(files, load)


def test_an_applications_own_library_is_found_by_import_and_the_loader_is_not():
    assert with_pack("/app/lib/qsota", NAME, "are_names", ["MCU"]).loaded == []
    chip = with_pack("/app/lib/qsota", "qsota.boot.chip", "host")
    assert chip.loaded == ["qsota.boot.chip"]


def test_within_a_phase_only_what_came_with_the_inner_one_goes():
    phases.drop()
    seen = []

    class Outer:
        async def run(self):
            __import__("qsota.session.events")
            phases.call(NAME, "are_names", ["MCU"])
            seen.extend(loaded())

    async def main():
        sys.modules["qsota.outer"] = Outer()
        await phases.run("qsota.outer")

    run(main())
    assert "qsota.session.events" in seen and NAME not in seen
    assert loaded() == [] and "qsota.outer" not in sys.modules


def test_what_runs_apart_begins_on_a_stack_of_its_own():
    async def depth(n):
        return 1 + (await depth(n - 1) if n else 0)

    async def main():
        return await phases.apart(depth(5))

    assert run(main()) == 6


def test_what_runs_apart_raises_into_its_caller_and_ends_with_it():
    ended = []

    async def fails():
        raise ValueError("no")

    async def lasts():
        try:
            await asyncio.sleep_ms(10**6)
        finally:
            ended.append(1)

    async def main():
        try:
            await phases.apart(fails())
        except ValueError:
            ended.append(0)
        task = asyncio.create_task(phases.apart(lasts()))
        await asyncio.sleep_ms(10)
        task.cancel()
        await asyncio.sleep_ms(10)

    run(main())
    assert ended == [0, 1]
