"""Names that a board need not know, taken out of the library before it is compiled.

MicroPython keeps every name of loaded code for as long as it runs, and doubles the table of them
when it is full. Names of arguments are kept, too, though hardly anybody gives them by name; and
those of constants that one file takes from another, where numbers would do. Nothing else changes,
and each line stays where it is.
"""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from qsota_tools.package.renaming import Place, nodes, replaced
from qsota_tools.package.rom_words import PRIVATE, unused

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# What applications call, by names of arguments, too (docs/api.md); a record is made so elsewhere.
_PUBLIC = (
    "qsota/resident/this_board.py",
    "qsota/log.py",
    "qsota/resident/at_client.py",
    "qsota/boot/record_data.py",
)


def with_few_arguments(source: str, keywords: frozenset[str]) -> str:
    """The source with arguments named by words of MicroPython's, unless they are given by these
    names."""
    tree = ast.parse(source)
    # A constant of the file is one wherever its name stands, also where an argument has it.
    own = set(_module_names(tree))
    fixed = keywords | own
    places: dict[Place, str] = {}
    for function in _outermost(tree):
        inside = list(ast.walk(function))
        bound = fixed | set(_other_names(inside))
        names = dict.fromkeys(
            n.arg for n in inside if isinstance(n, ast.arg) and n.arg not in bound
        )
        taken = own | {n.id for n in inside if isinstance(n, ast.Name)}
        taken |= {n.arg for n in inside if isinstance(n, ast.arg)}
        short = dict(zip(names, unused(PRIVATE, taken), strict=False))
        for node in inside:
            name = getattr(node, "arg" if isinstance(node, ast.arg) else "id", None)
            if isinstance(node, (ast.arg, ast.Name)) and name in short:
                place = node.lineno, node.col_offset, node.col_offset + len(name)
                places[place] = short[name]
    return replaced(source, places)


def with_numbers(directory: Path, source: str, text: str) -> str:
    """The text of directory/source with numbers in place of constants from other files; its own,
    which others take so, private."""
    tree, known = ast.parse(text), constants(directory)
    numbers: dict[str, str] = {}
    lines = text.splitlines()
    for node in tree.body + [n for f in _outermost(tree) for n in ast.walk(f)]:
        if isinstance(node, ast.ImportFrom) and node.module:
            taken = known.get(node.module.replace(".", "/") + ".py", {})
            gone = [alias for alias in node.names if alias.name in taken]
            numbers |= {alias.asname or alias.name: str(taken[alias.name]) for alias in gone}
            if gone:
                _shorten_import(lines, node, [a for a in node.names if a not in gone])
    names = numbers | {name: "_" + name for name in known.get(source, {})}
    tree = ast.parse("\n".join(lines) + "\n")
    places = {
        (n.lineno, n.col_offset, n.end_col_offset): names[n.id]
        for n in ast.walk(tree)
        if isinstance(n, ast.Name) and n.id in names
    }
    return replaced("\n".join(lines) + "\n", places)


def _shorten_import(lines: list[str], node: ast.ImportFrom, left: list[ast.alias]) -> None:
    indent = " " * node.col_offset
    names = ", ".join(a.name + (f" as {a.asname}" if a.asname else "") for a in left)
    for number in range(node.lineno - 1, node.end_lineno):
        lines[number] = ""
    lines[node.lineno - 1] = indent + (f"from {node.module} import {names}" if left else "pass")


@functools.cache
def trees(directory: Path) -> dict[str, ast.Module]:
    """All files of the library, by their names in the directory."""
    paths = directory.rglob("*.py")
    return {path.relative_to(directory).as_posix(): ast.parse(path.read_text()) for path in paths}


@functools.cache
def keywords(directory: Path) -> frozenset[str]:
    """The names by which the library gives arguments, and those of what applications call."""
    found = set()
    for name, tree in trees(directory).items():
        found |= {n.arg for n in nodes(tree) if isinstance(n, ast.keyword) and n.arg}
        if name in _PUBLIC:
            found |= {n.arg for n in nodes(tree) if isinstance(n, ast.arg)}
    return frozenset(found)


@functools.cache
def constants(directory: Path) -> dict[str, dict[str, int]]:
    """For each file of the library its public `NAME = const(number)` that no file asks for as an
    attribute of a module. Those of the loader stay: a host asks for them, and its tests do."""
    files = trees(directory)
    attributes = {
        node.attr
        for tree in files.values()
        for node in nodes(tree)
        if isinstance(node, ast.Attribute)
    }
    return {
        name: {key: value for key, value in _constants(tree) if key not in attributes}
        for name, tree in files.items()
        if not name.startswith("qsota/boot/")
    }


def _constants(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        targets, values = node.targets[:1], [node.value]
        if isinstance(targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
            targets, values = targets[0].elts, node.value.elts
        for target, value in zip(targets, values, strict=True):
            if (
                isinstance(target, ast.Name)
                and not target.id.startswith("_")
                and isinstance(value, ast.Call)
                and isinstance(value.func, ast.Name)
                and value.func.id == "const"
                and isinstance(value.args[0], ast.Constant)
            ):
                yield target.id, value.args[0].value


def _module_names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        for inner in ast.walk(node) if not isinstance(node, _FUNCTIONS) else [node]:
            if isinstance(inner, (*_FUNCTIONS, ast.ClassDef)):
                yield inner.name
            elif isinstance(inner, ast.alias):
                yield inner.asname or inner.name.split(".")[0]
            elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                yield inner.id


def _other_names(inside: list[ast.AST]) -> Iterator[str]:
    """Those that are bound where no Name or argument stands for them."""
    for node in inside:
        if isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.split(".")[0]
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield node.name


def _outermost(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, _FUNCTIONS):
            yield node
        else:
            yield from _outermost(node)
