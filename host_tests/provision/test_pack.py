"""The library as one file: what is in it, and that the device's tests pass on what ships."""

import io
import re
import struct
import subprocess

import pytest

from qsota.boot import packed
from qsota_tools import boards
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.package import bytecode
from qsota_tools.package.inner_names import with_words
from qsota_tools.package.shorten import compile_short
from qsota_tools.provision import factory, pack
from qsota_tools.virtual.vm_process import find_micropython

LIBRARY = FIRMWARE / "qsota"
LOADER = "qsota/boot/loader.py"
MODULES = {path.relative_to(LIBRARY).as_posix() for path in LIBRARY.rglob("*.py")}
# The one is the module `qsota` itself, the other a comment.
OUTSIDE = {"boot/packed.py", "__init__.py"}
TREE = FIRMWARE.parent
RUN = [find_micropython(), "-X", "heapsize=32M", "tools/qsota_tools/virtual/vm/run_tests.py"]
TESTED_WITH = ("host_tests/device", "tools/qsota_tools/proof/lab", "tools/qsota_tools/virtual/vm")


def system(files, monkeypatch):
    opened = io.BytesIO(files["qsota.pack"])
    monkeypatch.setattr(packed, "open", lambda *_: opened, raising=False)
    monkeypatch.setattr(packed.Packed, "_bring", lambda *_: None)  # what a file imports
    return packed.Packed("qsota.pack")


def test_every_module_of_the_library_is_in_it_as_it_is_compiled_for_a_board(monkeypatch):
    library = system(pack.library(), monkeypatch)
    for name in MODULES - OUTSIDE:
        found = library.open("/" + name.replace(".py", ".mpy"), "rb").read()
        assert found == compile_short(FIRMWARE, f"qsota/{name}")


@pytest.mark.parametrize("name", sorted(MODULES - OUTSIDE))
def test_what_a_module_imports_is_named_before_it_and_each_after_what_that_imports(name):
    found = pack.imported(f"qsota/{name}")
    assert f"qsota/{name}" not in found
    text = (LIBRARY / name).read_text()
    for module in re.findall(r"^from (qsota[.\w]*) import", text, flags=re.MULTILINE):
        own = [file for file in found if file.startswith(module.replace(".", "/"))]
        assert own or module == "qsota"
    for index, file in enumerate(found):
        assert set(pack.imported(file)) <= set(found[:index])


def test_what_a_board_cannot_use_is_left_out(monkeypatch):
    library = system(pack.library({"boot/spinor"}), monkeypatch)
    with pytest.raises(OSError):
        library.stat("/boot/spinor.mpy")
    assert library.stat("/boot/spi_flash.mpy")


@pytest.mark.parametrize(
    ("board", "has", "has_not"),
    [
        ("RPI_PICO", ["/resident/uart_dma"], ["/boot/spinor", "/boot/spi_flash"]),
        ("PYBV11_W25Q128", ["/boot/spinor", "/boot/spi_flash"], ["/resident/uart_dma"]),
    ],
)
def test_boards_have_what_their_port_and_their_flash_need(board, has, has_not, monkeypatch):
    library = system(factory.library_of(boards.load(board)), monkeypatch)
    for name in has:
        assert library.stat(name + ".mpy")
    for name in has_not:
        with pytest.raises(OSError):
            library.stat(name + ".mpy")


def places_of(files):
    """Of each module: its place in the pack, and where in it its bytecode begins."""
    data = files["qsota.pack"]
    index = dict(struct.iter_unpack("<4sI", data[4 : 4 + 8 * int.from_bytes(data[:4], "little")]))
    found = {}
    for name in MODULES - OUTSIDE:
        number = index[packed.key("/" + name.replace(".py", ".mpy"))]
        found[name] = number & 0xFFFFF, number >> 20
    return found


def test_what_runs_while_a_host_has_the_repl_never_runs_in_place():
    """A timer calls attended.py then, and the host may write to the root. Of all others it is
    told where their bytecode begins."""
    files = pack.library()
    own = {"boot/attended.py", "boot/chip.py", "log.py", "resident/handover.py"}
    for name, (place, start) in places_of(files).items():
        code = compile_short(FIRMWARE, f"qsota/{name}")
        assert files["qsota.pack"][place + 4 :].startswith(code)
        assert start == (0 if name in own else bytecode.start(code))
    found = {source[len("qsota/") :] for source in pack.imported("qsota/boot/attended.py")}
    assert own == {"boot/attended.py", *found} - OUTSIDE


def first_bytes(block, size):
    """Where blocks of a file in LittleFS begin, but for the first: block i begins with a pointer,
    and one more for each time that 2 divides i."""
    at, i, found = block, 1, set()
    while at < size:
        found.add(at)
        pointers = 1
        while i % 2**pointers == 0:
            pointers += 1
        at, i = at + block - 4 * pointers, i + 1
    return found


@pytest.mark.parametrize("name", boards.known())
def test_no_read_of_a_board_ends_where_a_block_begins(name):
    """LittleFS 2.8 takes the block before for that one if the next seek goes into it: a Pyboard
    with such a pack did not start."""
    board = boards.load(name)
    data = factory.library_of(board)["qsota.pack"]

    def number(at):
        return int.from_bytes(data[at : at + 4], "little")

    ends = {4 + 8 * number(0)}
    for place in (place & 0xFFFFF for _, place in struct.iter_unpack("<4sI", data[4 : max(ends)])):
        if place:
            names = place + 4 + number(place)
            ends |= {place + 4, names, names + 4, names + 4 + number(names)}
    block = board.get("storage", board["flash"])["erase"]
    assert not ends & first_bytes(block, len(data))


def test_no_more_is_packed_than_a_place_can_tell():
    for size, start in ((1 << 20, 0), (10, 1 << 12)):
        with pytest.raises(AssertionError, match="a pack of"):
            pack.pack({"/large.mpy": bytes(size)}, {"/large.mpy": []}, {"/large.mpy": start}, 4096)


def test_it_is_the_same_for_the_same_library():
    assert pack.library() == pack.library()


# Other tests look behind names that are shortened in what ships; boards as a whole run it in
# host_tests/virtual and on the emulated ones.
@pytest.mark.parametrize("name", ["test_flash", "test_reads_at_boot", "test_romfs", "test_slot"])
def test_the_devices_tests_of_the_loader_pass_on_what_ships(name, tmp_path):
    for file, content in pack.library().items():
        (tmp_path / file).write_bytes(content)
    for folder in TESTED_WITH:  # which say the names of what ships
        for path in (TREE / folder).rglob("*.py"):
            copy = tmp_path / path.relative_to(TREE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(with_words(FIRMWARE, LOADER, path.read_text()))
    test = f"host_tests/device/boot/{name}.py"
    done = subprocess.run(
        [*RUN, f"--firmware={tmp_path}", test],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
