"""Private names of the library become short on their way to a board, and nothing else changes."""

import ast

import pytest

from qsota_tools.common.paths import FIRMWARE
from qsota_tools.package.shorten import compile_short, pins_a_neighbour, relatives, shorten

LIBRARY = sorted((FIRMWARE / "qsota").rglob("*.py"))
# Attributes of MicroPython's own objects.
NOT_OURS = {"_build", "_machine", "_mpy"}

SOURCE = '''
_LIMIT = 3


class Counter:
    """Counts to _LIMIT."""

    def __init__(self, _a=0):
        self._count = _a
        self.total = 0

    def _step(self):
        self._count += 1

    def count(self):
        while self._count < _LIMIT:
            self._step()
        return self._count, "_count"
'''


def names(tree):
    return [
        value
        for node in ast.walk(tree)
        for field in ("id", "attr", "name", "arg")
        if isinstance(value := getattr(node, field, None), str)
    ]


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


def test_private_names_are_short_and_the_program_does_the_same():
    found = {}
    exec(shorten(SOURCE), found)
    assert found["Counter"]().count() == (3, "_count")
    assert "_LIMIT" not in found and not hasattr(found["Counter"], "_step")


def test_public_names_texts_and_documentation_stay():
    changed = shorten(SOURCE)
    assert '"""Counts to _LIMIT."""' in changed and '"_count"' in changed
    for name in ("Counter", "count", "total", "__init__"):
        assert name in names(ast.parse(changed))


def test_a_short_name_is_not_one_that_the_file_has_already():
    assert "self._a" not in shorten(SOURCE)  # the argument's name


@pytest.mark.parametrize("path", LIBRARY, ids=[path.stem for path in LIBRARY])
def test_a_file_of_the_library_keeps_its_shape_and_its_lines(path):
    source = path.read_text()
    before, after = ast.parse(source), ast.parse(shorten(source))
    pairs = dict(zip(names(before), names(after), strict=True))
    assert len(set(pairs.values())) == len(pairs), "two names became one"
    assert all(is_private(name) for name, short in pairs.items() if name != short)
    lines = [
        [node.lineno for node in ast.walk(tree) if hasattr(node, "lineno")]
        for tree in (before, after)
    ]
    assert lines[0] == lines[1]


def test_a_class_and_those_that_inherit_from_it_share_their_names():
    heir = """
class Double(Counter):
    def _again(self):
        self._step()
        self._step()
        return self.count()
"""
    found = {}
    exec(shorten(SOURCE, [heir]) + shorten(heir, [SOURCE]), found)
    double = found["Double"]()
    again = next(name for name in vars(found["Double"]) if not name.startswith("__"))
    assert getattr(double, again)() == (3, "_count")
    assert not hasattr(found["Counter"], again)


def test_relatives_are_found_in_both_directions():
    client, port = "qsota/resident/at_client.py", "qsota/resident/at_port.py"
    assert port in relatives(FIRMWARE, client) and client in relatives(FIRMWARE, port)
    assert relatives(FIRMWARE, "qsota/resident/at_parser.py") == []


@pytest.mark.parametrize("path", LIBRARY, ids=[path.stem for path in LIBRARY])
def test_a_file_of_the_library_uses_private_names_of_relatives_only(path):
    others = relatives(FIRMWARE, str(path.relative_to(FIRMWARE)))
    trees = [ast.parse(file.read_text()) for file in (path, *(FIRMWARE / name for name in others))]
    tree = trees[0]
    bound = {
        name
        for source in trees
        for node in ast.walk(source)
        if isinstance(getattr(node, "ctx", None), ast.Store)
        or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.arg))
        for field in ("id", "attr", "name", "arg")
        if isinstance(name := getattr(node, field, None), str)
    }
    foreign = {name for name in names(tree) if is_private(name)} - bound - NOT_OURS - {"_"}
    assert not foreign


def test_the_library_of_a_board_is_compiled_from_short_names():
    code = compile_short(FIRMWARE, "qsota/resident/at_client.py")
    assert b"_on_line" not in code and b"subscribe" in code
    assert b"qsota/resident/at_client.py" not in code  # in tracebacks it is at_client


def test_a_module_without_constants_whose_names_fill_a_block_would_pin_what_lies_behind_it():
    for names, constants, pins in (
        (8, 0, True),  # 16 bytes
        (7, 0, True),  # as many, for the sake of whole words
        (6, 0, False),
        (9, 0, False),
        (8, 1, False),
        (136, 0, True),  # two bytes of .mpy
    ):
        number = bytes([names]) if names < 128 else bytes([0x80 | names >> 7, names & 0x7F])
        assert pins_a_neighbour(b"M\x06\x00\x1f" + number + bytes([constants])) is pins


@pytest.mark.parametrize("path", LIBRARY, ids=[path.stem for path in LIBRARY])
def test_no_file_of_the_library_does(path):
    assert not pins_a_neighbour(compile_short(FIRMWARE, str(path.relative_to(FIRMWARE))))
