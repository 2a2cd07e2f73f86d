"""Names that mean something in the library only, and words that MicroPython has in their place.

What the loader leaves and what travels with an application may be of two versions, which meet by
their names: so a name is changed only if all of its places are on one side, and none is text.
Each line stays where it is.
"""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from qsota_tools.package.fewer_names import constants, trees
from qsota_tools.package.renaming import names_in, nodes, renamed
from qsota_tools.package.rom_words import SHARED, unused

# What is in memory before an image is mounted.
_ROOTS = (
    *("qsota/__init__.py", "qsota/log.py", "qsota/errors.py"),
    *(f"qsota/resident/{name}.py" for name in ("handover", "phases", "program")),
)
# What applications know, and what their targets, or MicroPython's objects, are asked for.
_APPLICATION = ("qsota/device.py", "qsota/resident/at_client.py", "qsota/resident/status.py")
_ASKED = frozenset(
    ("discard", "erase_step", "finish", "flush", "install", "replay", "rewind", "save")
)


def is_roots(source: str) -> bool:
    """Whether a file stays the root's, whatever an application brings."""
    return source.startswith("qsota/boot/") or source in _ROOTS


@functools.cache
def inner_names(directory: Path) -> dict[str, str]:
    """Name -> word, for the library below the directory."""
    files = trees(directory)
    within = {name: set(names_in(tree)) for name, tree in files.items()}
    outside = {part for name in files for part in name.removesuffix(".py").split("/")} | _ASKED
    bound: set[str] = set()
    for name, tree in files.items():
        outside |= {*_texts(tree), *_foreign(tree)}
        outside |= constants(directory).get(name, {}).keys()
        if is_roots(name) or name in _APPLICATION:
            outside |= within[name]
        else:
            bound |= set(_bound(tree))
    everywhere = outside.union(*within.values())
    inner = sorted(name for name in bound - outside if not name.startswith("_"))
    return dict(zip(inner, unused(SHARED, everywhere), strict=False))


def with_words(directory: Path, source: str, text: str) -> str:
    """The text of directory/source with its inner names replaced."""
    if is_roots(source) or source in _APPLICATION:
        return text
    return renamed(text, inner_names(directory))


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
