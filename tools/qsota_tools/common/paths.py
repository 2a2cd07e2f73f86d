"""Where the device code, the board files and the examples are, and this program."""

import os
import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_TREE = _PACKAGE.parent.parent

# An installed wheel carries these folders inside the package, a checkout beside it.
_BASE = _PACKAGE / "_data" if (_PACKAGE / "_data").is_dir() else _TREE

FIRMWARE = _BASE / "firmware"
BOARDS = _BASE / "boards"
EXAMPLES = _BASE / "examples"
VM = _PACKAGE / "virtual" / "vm"
TOOLS = _PACKAGE.parent
PROGRAM = (sys.executable, "-m", "qsota_tools")  # to run a command in a process of its own


def cache() -> Path:
    """The user's folder for what can be made again; RuntimeError if this user has no home."""
    named = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")  # Windows has that
    return (Path(named) if named else Path.home() / ".cache") / "qsota"


def library_sources() -> list[str]:
    """The modules of the device's library, such as qsota/boot/record.py, in FIRMWARE."""
    found = sorted((FIRMWARE / "qsota").rglob("*.py"))
    return [path.relative_to(FIRMWARE).as_posix() for path in found]


def module_name(source: str) -> str:
    """What such a file is imported by: qsota.boot.record."""
    return source.removesuffix(".py").replace("/", ".")
