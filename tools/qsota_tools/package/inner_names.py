"""Names that mean something in the library only, and words that MicroPython has in their place.

What the loader leaves and what travels with an application may be of two versions, which meet by
their names: such names have their words from a table. All others are changed where all of their
places are on one side; and none that is text. Each line stays where it is.
"""

import ast
import functools
import itertools
from collections.abc import Iterator
from pathlib import Path

from qsota_tools.package.fewer_names import constants, trees
from qsota_tools.package.interface_names import INTERFACE_NAMES
from qsota_tools.package.renaming import names_in, nodes, renamed
from qsota_tools.package.rom_words import ROOT, SHARED, unused

# What is in memory before an image is mounted.
_ROOTS = (
    *("qsota/__init__.py", "qsota/log.py", "qsota/errors.py"),
    *(f"qsota/resident/{name}.py" for name in ("handover", "phases", "program")),
)
# Whose names applications use.
_APPLICATION = (
    *("qsota/device.py", "qsota/log.py", "qsota/errors.py"),
    *(f"qsota/resident/{name}.py" for name in ("this_board", "at_client", "status")),
)
# What an application's targets are asked for, what objects of MicroPython's have or are asked for,
# and what a host looks for on a board.
_ASKED = """
    discard erase_step finish flush install replay rewind save
    State close config done end host ilistdir init library line map pin readinto readline readlines
    register seek stat statvfs step tell
    Board Part alone any erase failed found get ioctl mount_data open_chip open_flash readblocks
    rp2350 started writeblocks
"""
_FROZEN = ("key",)  # which the table of interface 4 was made without


class _Sides:
    """Names of the library below a directory that mean nothing outside of it. root: in the root's
    files only; others: in none of those; both; all: whatever the library says."""

    def __init__(self, directory: Path):
        files = trees(directory)
        paths = (name.removesuffix(".py").split("/") for name in files)
        fixed = {*_ASKED.split(), *_FROZEN, *itertools.chain.from_iterable(paths)}
        bound: set[str] = set()
        root: set[str] = set()
        others: set[str] = set()
        for name, tree in files.items():
            (root if is_roots(name) else others).update(names_in(tree))
            bound.update(_bound(tree))
            fixed |= {*_texts(tree), *_foreign(tree), *constants(directory).get(name, {})}
            if name in _APPLICATION:
                fixed |= {*_bound(tree), *_arguments(tree)}
            elif not name.startswith("qsota/"):  # boot.py and main.py: a board compiles them
                fixed |= set(names_in(tree))
        free = {name for name in bound - fixed if not name.startswith("_")}
        self.all = root | others
        self.root, self.others = free & root - others, free & others - root
        self.both = free & root & others


_sides = functools.cache(_Sides)


def is_roots(source: str) -> bool:
    """Whether a file stays the root's, whatever an application brings."""
    return source.startswith("qsota/boot/") or source in _ROOTS


@functools.cache
def inner_names(directory: Path) -> dict[str, str]:
    """Name -> word, for files of the library below the directory that are not the root's."""
    sides = _sides(directory)
    return _words(sides.others, SHARED, sides.all)


@functools.cache
def root_names(directory: Path) -> dict[str, str]:
    """The same for the root's."""
    sides = _sides(directory)
    return _words(sides.root, ROOT, sides.all)


def meeting_names(directory: Path) -> set[str]:
    """Those that are on both sides, which INTERFACE_NAMES has."""
    return _sides(directory).both


def with_words(directory: Path, source: str, text: str) -> str:
    """The text of directory/source with such names replaced."""
    own = root_names(directory) if is_roots(source) else inner_names(directory)
    meeting = meeting_names(directory) & INTERFACE_NAMES.keys()
    return renamed(text, own | {name: INTERFACE_NAMES[name] for name in meeting})


def _words(names: set[str], words: str, said: set[str]) -> dict[str, str]:
    taken = said | set(INTERFACE_NAMES.values())
    return dict(zip(sorted(names), unused(words, taken), strict=False))


def _arguments(tree: ast.Module) -> Iterator[str]:
    for node in nodes(tree):
        if isinstance(node, ast.arg):
            yield node.arg


def _bound(tree: ast.Module) -> Iterator[str]:
    """Functions, classes, globals and attributes that the file sets."""
    for node in nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = (name for target in node.targets for name in ast.walk(target))
            yield from (name.id for name in names if isinstance(name, ast.Name))


def _texts(tree: ast.Module) -> Iterator[str]:
    """Texts that may be names, and names by which arguments are given: to whom is not known."""
    for node in nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg


def _foreign(tree: ast.Module) -> Iterator[str]:
    """What the file takes from MicroPython's modules."""
    modules = set()
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith("qsota"):
            yield from (alias.name for alias in node.names)
    for node in nodes(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) in modules:
            yield node.attr
