"""The device's library as two files of its root: see firmware/qsota/boot/packed.py."""

import functools
import struct
import tempfile
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from qsota.boot import packed
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.package.image import compile_source
from qsota_tools.package.shorten import compile_short, short_source

_READER = "qsota/boot/packed.py"


def library(without: Collection[str] = ()) -> dict[str, bytes]:
    """Path in the root -> content; without: modules that the board cannot use, such as
    "boot/spinor"."""
    sources = sorted((FIRMWARE / "qsota").rglob("*.py"))
    names = [PurePosixPath(path.relative_to(FIRMWARE)) for path in sources]
    left_out = {f"qsota/{module}.py" for module in without} | {_READER, "qsota/__init__.py"}
    codes = {
        "/" + str(name.relative_to("qsota").with_suffix(".mpy")): _compiled(
            FIRMWARE, str(name), (FIRMWARE / name).stat().st_mtime_ns
        )
        for name in names
        if str(name) not in left_out
    }
    return {"qsota.mpy": _reader(), "qsota.pack": pack(codes)}


def library_size() -> int:
    """Bytes of the compiled library."""
    return sum(map(len, library().values()))


def pack(files: dict[str, bytes]) -> bytes:
    """The bytes of a pack of these files."""
    folders = sorted({str(PurePosixPath(name).parent) for name in files} - {"/"})
    count = len(folders) + len(files)
    index = [count] + [number for name in folders for number in (packed.key(name), 0)]
    head, content = 4 * (1 + 2 * count), b""
    for name, data in files.items():
        index += [packed.key(name), head + len(content)]
        content += struct.pack("<I", len(data)) + data
    if len(set(index[1::2])) != count:
        raise AssertionError("two files of the library have one key")
    return struct.pack(f"<{len(index)}I", *index) + content


@functools.cache
def _compiled(firmware: Path, name: str, changed_ns: int) -> bytes:
    """A module of the library: compiled once, however many boards are provisioned by this run."""
    return compile_short(firmware, name)


def _reader() -> bytes:
    """The module `qsota`."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "qsota.py").write_text(short_source(FIRMWARE, _READER))
        return compile_source(Path(folder), "qsota.py")
