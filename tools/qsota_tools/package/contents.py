"""Which files of an application's folder go into its image, and which must not."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from qsota.boot.system import SYSTEM
from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.package.ignore import Ignored

# What the loader can start with: the index of a slot's files lies in the heap.
FILES_MAX = 1000

# The library needs these itself, before and after the application's folder is on the path.
_NEEDED = {*SYSTEM, "micropython", "sys", "vfs"}
# Built in for good: MicroPython never looks for a file of this name.
_FIXED = {"_thread", "builtins", "cmath", "framebuf", "gc", "math", "tls"}
# An application's own takes their place, for whoever imports them.
_EXTENDED = {
    *("cryptolib", "heapq", "platform", "random", "re", "requests", "select", "socket"),
    *("ssl", "websocket"),
}
_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_PACKAGE = b"QSOT"
_DER_KEY_MAX = 8192  # bytes
_MPY_VERSION = 6
_MPY_INT_BITS = 31  # of a small int on the boards


class Contents(NamedTuple):
    """wanted: place in the image -> file; ignored: what stays out; warnings: what may be meant
    otherwise."""

    wanted: dict[PurePosixPath, Path]
    ignored: list[str]
    warnings: list[str]


def contents(directory: Path) -> Contents:
    """What is in an application's folder; UserError if a part of it cannot be packed."""
    if not directory.is_dir():
        raise UserError(f"{directory} is not a directory")
    found = Contents({}, [], [])
    ignored = Ignored.of(directory)
    for path in _walk(directory, PurePosixPath(), ignored, found.ignored, (_identity(directory),)):
        _add(found.wanted, directory, path)
    if PurePosixPath("main.mpy") not in found.wanted:
        raise UserError(
            f"{directory} has no main.py, with which an application starts{_hint(directory)}"
        )
    if len(found.wanted) > FILES_MAX:
        raise UserError(f"{len(found.wanted)} files are too many: a board starts with {FILES_MAX}")
    found.warnings.extend(_check_names(found.wanted))
    return found


def _hint(directory: Path) -> str:
    below = [p.parent for p in sorted(directory.glob("*/main.py")) if p.is_file()]
    return f": do you mean {' or '.join(map(str, below))}?" if below else ""


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _walk(
    directory: Path,
    inside: PurePosixPath,
    ignored: Ignored,
    left_out: list[str],
    parents: tuple[tuple[int, int], ...],
) -> Iterator[PurePosixPath]:
    """The files below a folder, sorted; links are followed, but never back to a folder that they
    are in."""
    for name in sorted(entry.name for entry in (directory / inside).iterdir()):
        path = inside / name
        found = directory / path
        try:
            mode = found.stat().st_mode
        except OSError as error:
            if ignored(path, False):
                left_out.append(str(path))
                continue
            what = "a link to nothing" if found.is_symlink() else error.strerror
            raise UserError(f"{found} cannot be packed: it is {what}") from None
        is_folder = stat.S_ISDIR(mode)
        if ignored(path, is_folder):
            left_out.append(f"{path}/" if is_folder else str(path))
        elif is_folder:
            if (identity := _identity(found)) in parents:
                raise UserError(f"{found} cannot be packed: it is a link to a folder around it")
            yield from _walk(directory, path, ignored, left_out, (*parents, identity))
        elif stat.S_ISREG(mode):
            yield path
        else:
            raise UserError(f"{found} cannot be packed: it is no file and no folder")


def _add(wanted: dict[PurePosixPath, Path], directory: Path, path: PurePosixPath) -> None:
    if not (str(path).isascii() and str(path).isprintable()):
        raise UserError(f"{path}: ROMFS names are ASCII")
    _check_content(directory / path)
    target = path.with_suffix(".mpy") if path.suffix == ".py" else path
    if target in wanted:
        other = wanted[target].relative_to(directory)
        raise UserError(f"{path} and {other} would both become {target}")
    wanted[target] = directory / path


def _check_content(path: Path) -> None:
    data = files.read(path)
    if _KEY.search(data) or _is_der_key(data):
        raise UserError(
            f"{path} holds a private key, which must not travel with a package: move it away; "
            "secrets of a device belong into its settings (`qsota flash --settings`)"
        )
    if data.startswith(_PACKAGE):
        raise UserError(f"{path} is a package itself: move it away, or name it in .qsotaignore")
    if path.suffix == ".mpy":
        _check_mpy(path, data)


def _is_der_key(data: bytes) -> bool:
    if not data.startswith(b"0") or len(data) > _DER_KEY_MAX:
        return False
    try:
        serialization.load_der_private_key(data, None)
    except (ValueError, UnsupportedAlgorithm):
        return False
    except TypeError:  # an encrypted one
        return True
    return True


def _check_mpy(path: Path, data: bytes) -> None:
    if len(data) < 4 or data[:1] != b"M":
        raise UserError(f"{path} is no .mpy file")
    if data[1] != _MPY_VERSION:
        raise UserError(
            f"{path} is .mpy version {data[1]}, boards take {_MPY_VERSION}: compile it anew, or "
            "pack its source"
        )
    if data[2] >> 2:
        raise UserError(f"{path} holds native code, which runs on one kind of processor only")
    if data[3] > _MPY_INT_BITS:
        raise UserError(f"{path} is compiled for numbers of {data[3]} bits, not {_MPY_INT_BITS}")


def _check_names(wanted: dict[PurePosixPath, Path]) -> Iterator[str]:
    """Warnings about modules that hide others; UserError where that cannot work."""
    for target in wanted:
        parts = target.parts[1:] if target.parts[0] == "lib" else target.parts
        if not parts or target.suffix != ".mpy":
            continue
        name = PurePosixPath(parts[0]).stem if len(parts) == 1 else parts[0]
        if name in _FIXED:
            raise UserError(f"{target}: MicroPython never imports it, it has {name} built in")
        if name in _NEEDED or (name == "qsota" and target.parts[0] != "lib"):
            raise UserError(f"{target} hides {name}, which the updater needs: rename it")
        if name in _EXTENDED:
            yield f"{target} takes the place of MicroPython's own {name}"
