"""Names that a board need not know: arguments, and constants of other files."""

import ast

import pytest

from qsota_tools.common.paths import FIRMWARE, library_sources
from qsota_tools.package.fewer_names import with_few_arguments, with_numbers
from qsota_tools.package.rom_words import PRIVATE
from qsota_tools.package.shorten import short_source

SOURCE = """
_a, popitem = 5, 6
limit = 3


def scaled(value, by, *rest, limit=9):
    def inner(value):
        return value * by + _a

    try:
        raise ValueError(value)
    except ValueError as by_error:
        return inner(value), [value for value in rest], limit, by_error.args[0]


class Box:
    def __init__(self, kept):
        self.kept = kept
"""


def run(text):
    found = {}
    exec(text, found)
    return found


def arguments(text):
    """Of the function."""
    function = next(n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef))
    return {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}


def test_code_with_few_arguments_does_the_same():
    changed = run(with_few_arguments(SOURCE, frozenset({"limit"})))
    assert changed["scaled"](2, 3, 7, limit=1) == run(SOURCE)["scaled"](2, 3, 7, limit=1)
    assert changed["Box"](4).kept == 4


def test_an_argument_that_is_given_by_its_name_or_is_a_name_of_the_file_keeps_it():
    found = arguments(with_few_arguments(SOURCE, frozenset({"by"})))
    assert {"by", "limit"} < found and found - {"by", "limit"} < set(PRIVATE.split())


def test_no_argument_has_the_name_of_something_in_the_file():
    text = with_few_arguments(SOURCE, frozenset())
    assert not arguments(text) & {"_a", "_b", "popitem"} and text.count("\n") == SOURCE.count("\n")


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "qsota"
    folder.mkdir()
    (folder / "codes.py").write_text("FIRST, THIRD = const(1), const(3)\nOWN = const(2)\n")
    (folder / "user.py").write_text(
        "from qsota.codes import FIRST, OWN as MINE, other\n\n\n"
        "def total():\n    from qsota.codes import THIRD\n\n    return FIRST + MINE + THIRD\n"
    )
    (folder / "asker.py").write_text("from qsota import codes\n\nprint(codes.OWN)\n")
    return tmp_path


def test_constants_of_another_file_become_numbers_and_private_there(library):
    text = with_numbers(library, "qsota/user.py", (library / "qsota/user.py").read_text())
    assert "from qsota.codes import OWN as MINE, other\n" in text  # OWN is an attribute elsewhere
    assert "return 1 + MINE + 3\n" in text and "THIRD" not in text
    own = with_numbers(library, "qsota/codes.py", (library / "qsota/codes.py").read_text())
    assert own == "_FIRST, _THIRD = const(1), const(3)\nOWN = const(2)\n"


@pytest.mark.parametrize("source", library_sources())
def test_the_librarys_files_stay_valid_line_by_line(source):
    before, after = (FIRMWARE / source).read_text(), short_source(FIRMWARE, source)
    compile(after, source, "exec")
    assert after.count("\n") == before.count("\n")
