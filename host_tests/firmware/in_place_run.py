# On the MicroPython VM: the library from its pack, with a root in memory as flash that has
# addresses. Arguments: the folder of qsota.mpy and qsota.pack, the root's image, its block size.
import gc
import sys

folder, image, block = sys.argv[1:]
sys.path[:] = [folder, ".frozen"]

import uctypes  # noqa: E402

import qsota  # noqa: E402

with open(image, "rb") as file:  # noqa: PTH123  # the VM has no pathlib
    root = file.read()
BASE = uctypes.addressof(root)
WORDS = uctypes.ARRAY | 0, 4 | uctypes.UINT64
MODULES = (
    "qsota.session.session",
    "qsota.session.report",
    "qsota.session.trial",
    "qsota.update.transfer",
    "qsota.update.target",
    "qsota.update.attempt",
    "qsota.command.exchange",
    "qsota.boot.attended",
    "qsota.session.names",
)


def kinds():
    def steps():
        yield

    return type(kinds), type(steps)


def functions(space):
    for value in space.__dict__.values():
        if isinstance(value, kinds()):
            yield value
        elif isinstance(value, type) and not isinstance(space, type):
            yield from functions(value)


def is_in_place(function):
    return BASE <= uctypes.struct(id(function), WORDS)[3] < BASE + len(root)


def load():
    for name in MODULES:
        qsota.pack.load(name)
    qsota.pack.rest()
    gc.collect()
    return gc.mem_alloc()


def unload():
    for name in [n for n in sys.modules if n.startswith("qsota.") and not n.endswith("phases")]:
        sys.modules[name] = None  # a deleted entry keeps its value
        del sys.modules[name]
        parent, _, last = name.rpartition(".")
        if hasattr(sys.modules.get(parent), last):
            delattr(sys.modules[parent], last)
    gc.collect()


def count(name):
    module = sys.modules[name]
    own = [f for f in functions(module) if uctypes.struct(id(f), WORDS)[1] == id(module)]
    return sum(map(is_in_place, own)), len(own)


load()
unload()  # from now on the names are known
copied = load()
assert not any(count(name)[0] for name in MODULES)
unload()
qsota.pack.flash = (BASE, len(root), int(block))
placed = load()
print("in place", qsota.pack.flash is not None)
found = {name: count(name) for name in MODULES}
print("heap", copied - placed)
for name, (moved, total) in found.items():
    print("module", name, moved, total)
for _ in range(3):  # over what was freed
    junk = [bytearray(100) for _ in range(20000)]
    del junk
    gc.collect()
names = sys.modules["qsota.session.names"]
print("names", names.are_names(["MCU"]), names.are_names(["no name"]))
