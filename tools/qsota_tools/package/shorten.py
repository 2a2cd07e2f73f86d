"""Private names of the library made short, file by file, before it is compiled for a board.

MicroPython keeps every name that it has loaded for as long as it runs, also when the code is gone:
about 20 bytes each. Names that begin with an underscore mean nothing outside of their file, so
they become words that MicroPython has anyway; only a class and those that inherit from it share
them, so files with such classes are renamed together, as is a file with the one that it names in a
line "# Private names are those of <file>." Constants stay private, since MicroPython stores no
such name at all. Nothing else changes, and each line stays where it is, so that the line numbers
of a traceback fit the source.
"""

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from qsota_tools.common.files import scratch
from qsota_tools.common.paths import FIRMWARE, module_name
from qsota_tools.package.fewer_names import keywords, trees, with_few_arguments, with_numbers
from qsota_tools.package.image import compile_source
from qsota_tools.package.inner_names import with_words
from qsota_tools.package.kept import kept
from qsota_tools.package.renaming import names_in, nodes, renamed
from qsota_tools.package.rom_words import PRIVATE, short_names, unused

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def shorten(source: str, relatives: Iterable[str] = ()) -> str:
    """The source with words of MicroPython's for private names that it or its relatives define.

    relatives: sources of the files with classes that its own inherit from, or that inherit from
    its own; each of them must be shortened together with the others.
    """
    of_all = zip(*map(_names, (source, *relatives)), strict=True)
    defined, taken, fixed = (set().union(*names) for names in of_all)
    wanted = sorted(defined)
    taken -= defined
    words = unused(PRIVATE, taken)
    short = dict(zip(sorted(fixed), short_names(taken), strict=False))
    short |= zip((name for name in wanted if name not in fixed), words, strict=False)
    return renamed(source, short)


@functools.cache
def _names(text: str) -> tuple[set[str], set[str], set[str]]:
    """Private names that a source defines, all that it says, and its private constants."""
    tree = ast.parse(text)
    return set(_defined(tree)), set(names_in(tree)), set(_constants(tree))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and len(name) > 2


def _defined(tree: ast.AST) -> Iterator[str]:
    """Private names of functions, classes, module constants and attributes that the file sets."""
    for node in nodes(tree):
        name = None
        if isinstance(node, _FUNCTIONS):
            name = node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.attr
        if name and _is_private(name):
            yield name


def _constants(tree: ast.Module) -> Iterator[str]:
    """Private names of `NAME = const(...)`."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(call, ast.Call) and getattr(call.func, "id", "") == "const"
            for call in ast.walk(node.value)
        ):
            names = (name for target in node.targets for name in ast.walk(target))
            yield from (n.id for n in names if isinstance(n, ast.Name) and _is_private(n.id))


def relatives(directory: Path, source: str) -> list[str]:
    """Other files below the directory that share private names with directory/source: classes of
    theirs inherit from its own, or are inherited from, or one names the other, by any number of
    steps."""
    links = _links(directory)
    found, fresh = {source}, {source}
    while fresh:
        pairs = [pair for pair in links if fresh & set(pair)]
        fresh = {name for pair in pairs for name in pair} - found
        found |= fresh
    return sorted(found - {source})


@functools.cache
def _links(directory: Path) -> list[tuple[str, str]]:
    return [
        (name, parent)
        for name, tree in trees(directory).items()
        for parent in _parents(tree, (directory / name).read_text())
        if (directory / parent).exists()
    ]


def _parents(tree: ast.Module, text: str) -> tuple[str, ...]:
    """The files that the classes of this source inherit from, if they are in modules, and the one
    that it names."""
    imported = {
        alias.asname or alias.name: f"{node.module.replace('.', '/')}.py"
        for node in nodes(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    classes = [node for node in nodes(tree) if isinstance(node, ast.ClassDef)]
    bases = {base.id for node in classes for base in node.bases if isinstance(base, ast.Name)}
    named = re.findall(r"^# Private names are those of (\S+)\.$", text, re.MULTILINE)
    return *named, *(imported[name] for name in sorted(bases & set(imported)))


def short_source(directory: Path, source: str) -> str:
    """The text of directory/source, shortened."""
    text, *others = (
        _worded(directory, name, (directory / name).read_text())
        for name in (source, *relatives(directory, source))
    )
    return with_few_arguments(shorten(text, others), keywords(directory))


@functools.cache
def _worded(directory: Path, source: str, text: str) -> str:
    return with_words(directory, source, with_numbers(directory, source, text))


def compile_short(directory: Path, source: str) -> bytes:
    """The .mpy bytes of directory/source for a board; UserError if it does not compile. A file is
    compiled once in a run, as long as nobody changes it."""
    return _compiled(directory, source, (directory / source).stat().st_mtime_ns)


@functools.cache
def _compiled(directory: Path, source: str, _changed_ns: int) -> bytes:
    if directory == FIRMWARE:  # no copy with a mistake, which is compiled once
        return kept(source, lambda: _made(directory, source))
    return _made(directory, source)


def _made(directory: Path, source: str) -> bytes:
    with scratch() as folder:
        target = folder / source
        target.parent.mkdir(parents=True)
        text = short_source(directory, source)
        # In tracebacks there are no line numbers, which take 8 % of the heap for code, and files
        # have a name that MicroPython keeps anyway, their module's.
        options = "-O3", "-s", module_name(source)
        while True:
            target.write_text(text)
            code = compile_source(folder, source, options)
            if not pins_a_neighbour(code):
                return code
            word = next(unused(PRIVATE, set(names_in(ast.parse(text)))))
            text += f"{word} = None\n"


def pins_a_neighbour(code: bytes) -> bool:
    """Whether the module in a .mpy file would keep whatever lies behind it in the heap, with all
    that it refers to, for as long as it is loaded.

    MicroPython has a module's names, of 2 bytes, and its constants in one block, and holds the
    address of the constants. If there are none, and the names fill blocks of 16 bytes, that is the
    address of another object.
    """
    names, at = _number(code, 4)
    constants, _ = _number(code, at)
    return not constants and (-(-names // 2) * 4) % 16 == 0


def _number(code: bytes, at: int) -> tuple[int, int]:
    """The number there, of 7 bits in each byte with the highest first, and where it ends."""
    value = 0
    while True:
        byte = code[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            return value, at
