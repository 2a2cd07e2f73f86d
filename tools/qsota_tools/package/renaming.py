"""Names of a source, and the source with others in their place: each line stays where it is."""

import ast
import functools
import io
import tokenize
from collections.abc import Iterator, Mapping

Place = tuple[int, int, int]  # line, first column and the one after the last, of a name


@functools.cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Those of a tree that nobody changes, in the order of ast.walk(), which most of the time went
    to when the library was compiled."""
    return tuple(ast.walk(tree))


@functools.cache
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    return tuple(name for name in ("id", "attr", "name", "arg", "asname") if name in kind._fields)


def names_in(tree: ast.AST) -> Iterator[str]:
    """Every name that the source says, of whatever kind."""
    for node in nodes(tree):
        for field in _fields(type(node)):
            value = getattr(node, field)
            if isinstance(value, str):
                yield value


def renamed(source: str, names: Mapping[str, str]) -> str:
    """The source with these names made those, wherever they stand."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return replaced(
        source,
        {
            (token.start[0], token.start[1], token.end[1]): names[token.string]
            for token in tokens
            if token.type == tokenize.NAME and token.string in names
        },
    )


def replaced(source: str, places: Mapping[Place, str]) -> str:
    """The source with other text at these places."""
    lines = source.splitlines(keepends=True)
    for (row, begin, end), name in sorted(places.items(), reverse=True):
        line = lines[row - 1]
        lines[row - 1] = line[:begin] + name + line[end:]
    return "".join(lines)
