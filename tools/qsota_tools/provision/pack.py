"""The device's library as two files of its root: see firmware/qsota/boot/packed.py."""

import ast
import functools
import struct
from collections.abc import Collection
from pathlib import PurePosixPath

from qsota.boot import packed
from qsota_tools.common.files import scratch
from qsota_tools.common.paths import FIRMWARE, library_sources, module_name
from qsota_tools.package import bytecode
from qsota_tools.package.fewer_names import trees
from qsota_tools.package.image import compile_source
from qsota_tools.package.shorten import compile_short, short_source
from qsota_tools.provision import order

_READER = "qsota/boot/packed.py"
_PLACE_BITS = 20
_SIZE = 4  # bytes before a file's own: how many they are
_START_MAX = (1 << 32 - _PLACE_BITS) - 1
# Code of this one, and of what it imports, runs while a host has the board's REPL, from a timer.
# The host may write to the root then, so it is never run in place: its start is not told.
_AT_THE_REPL = "qsota/boot/attended.py"


def library(without: Collection[str] = (), block: int = 4096) -> dict[str, bytes]:
    """Path in the root -> content; without: modules that the board cannot use, such as
    "boot/spinor"; block: bytes of one in the root's file system."""
    left_out = {f"qsota/{module}.py" for module in without} | {_READER, "qsota/__init__.py"}
    files, needs, starts = {}, {}, {}
    stays = {_AT_THE_REPL, *imported(_AT_THE_REPL)}
    for source in library_sources():
        if source not in left_out:
            name = "/" + str(PurePosixPath(source).relative_to("qsota").with_suffix(".mpy"))
            files[name] = compile_short(FIRMWARE, source)
            needs[name] = [module_name(found) for found in imported(source)]
            starts[name] = 0 if source in stays else bytecode.start(files[name])
    return {"qsota.mpy": _reader(), "qsota.pack": pack(files, needs, starts, block)}


@functools.cache
def imported(source: str) -> tuple[str, ...]:
    """The files of the library that a file of it imports when it is loaded, each after those that
    it imports itself."""
    found = {}
    for statement in trees(FIRMWARE)[source].body:
        for file in imported_by(statement):
            found.update(dict.fromkeys([*imported(file), file]))
    return tuple(found)


def imported_by(statement: ast.stmt) -> list[str]:
    """The files of the library that an import statement names."""
    if not isinstance(statement, ast.ImportFrom):
        return []
    package = (statement.module or "").replace(".", "/")
    files = [f"{package}.py", *(f"{package}/{alias.name}.py" for alias in statement.names)]
    return [file for file in files if file in trees(FIRMWARE)]


def library_size() -> int:
    """Bytes of the compiled library."""
    return sum(map(len, library().values()))


def pack(
    files: dict[str, bytes], needs: dict[str, list[str]], starts: dict[str, int], block: int
) -> bytes:
    """The bytes of a pack of these files; needs: the modules that each imports, in that order;
    starts: where in it its bytecode begins, 0: it is not to run in place; block: as library()."""
    folders = sorted({str(PurePosixPath(name).parent) for name in files} - {"/"})
    count = len(folders) + len(files)
    places = dict.fromkeys(folders, 0)
    head, content = 4 * (1 + 2 * count), b""
    pieces = {name: _piece(data, " ".join(needs[name])) for name, data in files.items()}
    if max(starts.values()) > _START_MAX:
        raise AssertionError("a pack of files with too many bytes of names")
    parts = {
        name: order.Part(
            len(piece), _in_place(files[name]) if starts[name] else [], _reads(files[name], piece)
        )
        for name, piece in pieces.items()
    }
    for name, at in order.for_blocks(parts, head, block).items():
        places[name] = starts[name] << _PLACE_BITS | at
        content = content.ljust(at - head, b"\0") + pieces[name]
    size = head + len(content)
    if size > 1 << _PLACE_BITS:
        raise AssertionError(f"a pack of {size} bytes")
    index = b"".join(packed.key(name) + struct.pack("<I", at) for name, at in places.items())
    for number, name in enumerate(places):
        if index.find(packed.key(name)) != 8 * number:
            raise AssertionError("the key of one file of the library is found at another's")
    return struct.pack("<I", count) + index + content


def _piece(data: bytes, needs: str) -> bytes:
    both = data, needs.encode()
    return b"".join(struct.pack("<I", len(part)) + part for part in both)


def _reads(data: bytes, piece: bytes) -> tuple[int, ...]:
    """Where reads of it end: its size, itself, the size of the names, the names."""
    return _SIZE, _SIZE + len(data), 2 * _SIZE + len(data), len(piece)


def _in_place(data: bytes) -> list[tuple[int, int]]:
    return [(_SIZE + begin, _SIZE + end) for begin, end in bytecode.leaves(data)]


def _reader() -> bytes:
    """The module `qsota`."""
    with scratch() as folder:
        (folder / "qsota.py").write_text(short_source(FIRMWARE, _READER))
        return compile_source(folder, "qsota.py")
