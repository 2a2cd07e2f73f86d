"""The device's library as two files of its root: see firmware/qsota/boot/packed.py."""

import ast
import functools
import struct
import tempfile
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from qsota.boot import packed
from qsota_tools.common.paths import FIRMWARE, library_sources
from qsota_tools.package.image import compile_source
from qsota_tools.package.shorten import compile_short, short_source

_READER = "qsota/boot/packed.py"


def library(without: Collection[str] = ()) -> dict[str, bytes]:
    """Path in the root -> content; without: modules that the board cannot use, such as
    "boot/spinor"."""
    left_out = {f"qsota/{module}.py" for module in without} | {_READER, "qsota/__init__.py"}
    files, needs = {}, {}
    for source in library_sources():
        if source not in left_out:
            name = "/" + str(PurePosixPath(source).relative_to("qsota").with_suffix(".mpy"))
            files[name] = compile_short(FIRMWARE, source)
            needs[name] = [_module(found) for found in imported(source)]
    return {"qsota.mpy": _reader(), "qsota.pack": pack(files, needs)}


def _module(source: str) -> str:
    return ".".join(PurePosixPath(source).with_suffix("").parts)


@functools.cache
def imported(source: str) -> tuple[str, ...]:
    """The files of the library that a file of it imports when it is loaded, each after those that
    it imports itself."""
    found = {}
    for statement in ast.parse((FIRMWARE / source).read_text()).body:
        if isinstance(statement, ast.ImportFrom):
            package = (statement.module or "").replace(".", "/")
            modules = [f"{package}.py", *(f"{package}/{name.name}.py" for name in statement.names)]
            for module in modules:
                if module in library_sources():
                    found.update(dict.fromkeys([*imported(module), module]))
    return tuple(found)


def library_size() -> int:
    """Bytes of the compiled library."""
    return sum(map(len, library().values()))


def pack(files: dict[str, bytes], needs: dict[str, list[str]]) -> bytes:
    """The bytes of a pack of these files; needs: the modules that each imports, in that order."""
    folders = sorted({str(PurePosixPath(name).parent) for name in files} - {"/"})
    count = len(folders) + len(files)
    index = [count] + [number for name in folders for number in (packed.key(name), 0)]
    head, content = 4 * (1 + 2 * count), b""
    for name, data in files.items():
        index += [packed.key(name), head + len(content)]
        names = " ".join(needs[name]).encode()
        content += struct.pack("<I", len(names)) + names + struct.pack("<I", len(data)) + data
    if len(set(index[1::2])) != count:
        raise AssertionError("two files of the library have one key")
    return struct.pack(f"<{len(index)}I", *index) + content


def _reader() -> bytes:
    """The module `qsota`."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "qsota.py").write_text(short_source(FIRMWARE, _READER))
        return compile_source(Path(folder), "qsota.py")
