"""Code of the library runs in place right after its import, and a frame that was alive then would
go on in the copy that the collector takes: so no module runs code of its own while it is imported.
"""

import ast
import builtins
from collections.abc import Iterator

import pytest

from qsota_tools.common.paths import FIRMWARE, library_sources

# Loaded before any code runs in place: what serves the pack, and what the loader leaves.
BEFORE = {"qsota/boot/packed.py", "qsota/resident/handover.py"}


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What an import evaluates; of functions only what is given to them there."""
    for child in ast.iter_child_nodes(node):
        yield child
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for given in (*child.decorator_list, child.args):
                yield from (given, *at_import(given))
        elif not isinstance(child, ast.Lambda):
            yield from at_import(child)


def harmless(tree: ast.Module) -> set[str]:
    """Names whose call runs no code of the library: MicroPython's own, and classes that only hold
    values."""
    names = set(dir(builtins))
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            modules = (alias.name for alias in statement.names)
            names |= {name for name in modules if not name.startswith("qsota")}
        elif isinstance(statement, ast.ImportFrom) and not statement.module.startswith("qsota"):
            names |= {alias.asname or alias.name for alias in statement.names}
        elif (
            isinstance(statement, ast.ClassDef) and not statement.bases and not methods(statement)
        ):
            names.add(statement.name)
    return names


def methods(statement: ast.ClassDef) -> list[ast.stmt]:
    return [inner for inner in statement.body if isinstance(inner, ast.FunctionDef)]


def runs(source: str) -> list[str]:
    """What a module with this source runs while it is imported."""
    tree = ast.parse(source)
    free = harmless(tree)
    nodes = list(at_import(tree))
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    called += [given for node in nodes for given in getattr(node, "decorator_list", ())]
    # Of MicroPython's modules and builtins, what they have as well.
    owners = [getattr(name, "value", name) for name in called]
    found: list[ast.AST] = [
        name
        for name, owner in zip(called, owners, strict=True)
        if getattr(owner, "id", None) not in free
    ]
    found += [node for node in nodes if isinstance(node, ast.GeneratorExp)]
    return [ast.unparse(node) for node in found]


@pytest.mark.parametrize("source", sorted(set(library_sources()) - BEFORE))
def test_a_module_runs_nothing_of_its_own_while_it_is_imported(source):
    assert runs((FIRMWARE / source).read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    yield\n\nsteps = f()",
        "def f(x):\n    return x\n\n@f\ndef g():\n    pass",
        "def f():\n    return 1\n\ndef g(x=f()):\n    pass",
        "from qsota.errors import error\n\nLOST = error()",
        "import qsota\n\nLOST = qsota.error()",
        "from qsota import errors\n\nLOST = errors.error()",
        "class A:\n    def __init__(self):\n        pass\n\na = A()",
        "class A:\n    x = (n for n in range(3))",
    ],
)
def test_what_would_is_found(text):
    assert runs(text)
