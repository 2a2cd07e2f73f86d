"""A copy of the device code in which each statement of each function says that it begins.

`_t(n)` before a statement is all that is added (see memory_vm.py); n counts the statements of all
files, in the order of their names. Where it stands in the source: Sites.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

# What runs before there is a heap to fill, or has none of the device's own statements.
_UNTOUCHED = ("boot.py", "main.py")
_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return, ast.Raise, ast.If, ast.While, ast.For)
_SIMPLE += (ast.Assert, ast.Delete, ast.With, ast.AsyncWith, ast.Import, ast.ImportFrom)


class Sites(list[str]):
    """`file:line` of each statement, by its number."""


def copy(source: Path, destination: Path) -> Sites:
    """Write the instrumented copy of a firmware tree."""
    sites = Sites()
    for path in sorted(source.rglob("*.py")):
        name = path.relative_to(source)
        target = destination / name
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text()
        target.write_text(text if str(name) in _UNTOUCHED else _instrument(text, str(name), sites))
    return sites


def _instrument(text: str, name: str, sites: Sites) -> str:
    tree = ast.parse(text)
    for function in _functions(tree):
        _mark_body(function.body, name, sites, docstring=True)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _mark_body(body: list[ast.stmt], name: str, sites: Sites, docstring: bool = False) -> None:
    marked: list[ast.stmt] = []
    for statement in body:
        text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if isinstance(statement, _SIMPLE) and not (docstring and text):
            marked.append(ast.parse(f"_t({len(sites)})").body[0])
            sites.append(f"{name}:{statement.lineno}")
        for inner in _bodies(statement):
            _mark_body(inner, name, sites)
        marked.append(statement)
    body[:] = marked


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return  # a function inside of another one is found on its own
    yield getattr(statement, "body", [])
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    yield getattr(statement, "orelse", [])
    yield getattr(statement, "finalbody", [])
