"""Where in the source a traceback of a board points: as compiled for it, the library has neither
line numbers nor its own private names."""

import ast
import functools
import re
from pathlib import Path

from qsota_tools.package.shorten import short_source

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LINE = re.compile(r'File "(qsota\.[\w.]+)", line \d+, in (\w+)')


def explain(directory: Path, text: str) -> str:
    """The text with each place of the library below the directory by its source: file, the name
    of the function there, and the line in which that begins; all of them if it is not one."""

    def place(found: re.Match) -> str:
        source = _source(directory, found[1])
        if source is None:
            return found[0]
        name, lines = _functions(directory, source).get(found[2], (found[2], ()))
        begins = ", line " + " or ".join(map(str, lines)) if lines else ""
        return f'File "{source}"{begins}, in {name}'

    return _LINE.sub(place, text)


def _source(directory: Path, module: str) -> str | None:
    # The module `qsota` of a root, which serves the pack, is called qsota.py there.
    name = "qsota.boot.packed" if module == "qsota.py" else module
    source = name.replace(".", "/") + ".py"
    return source if (directory / source).is_file() else None


@functools.cache
def _functions(directory: Path, source: str) -> dict[str, tuple[str, list[int]]]:
    """Name on a board -> (name, lines) in the source."""
    texts = short_source(directory, source), (directory / source).read_text()
    pairs = zip(*(map(_defined, texts)), strict=True)
    found: dict[str, tuple[str, list[int]]] = {}
    for (short, _), (name, line) in pairs:
        found.setdefault(short, (name, []))[1].append(line)
    return found


def _defined(text: str) -> list[tuple[str, int]]:
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, _FUNCTIONS))
    return [(node.name, node.lineno) for node in nodes]
