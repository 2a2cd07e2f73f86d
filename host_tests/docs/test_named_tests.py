"""What the documents name as shown by a test is shown by a test that exists."""

import re

import pytest

from qsota_tools.common.paths import FIRMWARE, TOOLS

ROOT = TOOLS.parent
TESTS = ROOT / "host_tests"
DOCUMENTS = sorted((ROOT / "docs").glob("*.md"))
_NAMED = re.compile(r"`((?:\w+/)*test_\w+\.py)(?:::(\w+))?`")


def file_of(name):
    """The file that a document means: its path from the root, or from the tests'."""
    found = [at for at in (ROOT / name, TESTS / "device" / name, TESTS / name) if at.is_file()]
    return found[0] if found else next(TESTS.rglob(f"**/{name}"), None)


def missing(text):
    for name, test in _NAMED.findall(text):
        path = file_of(name)
        if path is None or test and f"def {test}(" not in path.read_text():
            yield f"{name}::{test}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_that_a_document_names_exists(document):
    assert list(missing(document.read_text())) == []


def test_a_name_that_is_no_test_is_found():
    assert list(missing("`upgrade/test_silent.py::test_nothing` `test_nowhere.py`")) == [
        "upgrade/test_silent.py::test_nothing",
        "test_nowhere.py::",
    ]


def rows(heading):
    """The cells of a table's rows in docs/reliability.md, without its head."""
    lines = (ROOT / "docs" / "reliability.md").read_text().splitlines()
    section = lines[lines.index(f"## {heading}") + 1 :]
    end = next((n for n, line in enumerate(section) if line.startswith("## ")), len(section))
    table = [line for line in section[:end] if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def test_each_rule_says_which_file_keeps_it_and_which_test_shows_it():
    found = rows("Roots, rules, tests")
    assert len({root for root, *_ in found if root}) == 5 and len(found) > 25
    for _, rule, kept_in, tests in found:
        assert _NAMED.search(tests), rule
        for name in re.findall(r"`([\w/]+\.py)`", kept_in):
            inside = "qsota/" + name if name != "main.py" else name
            assert (FIRMWARE / inside).is_file(), f"{rule}: {name}"


def test_each_finding_in_quectels_own_code_is_modelled_and_met():
    found = rows("What Quectel's own code does")
    numbers = [number for cell, *_ in found for number in cell.split(", ")]
    assert {"P1", "P2", "P3", *(f"D{n}" for n in (1, 2, 3, 4, 5, 9, 11, 14))} <= set(numbers)
    for number, *_, device in found:
        assert _NAMED.search(device), f"{number}: no test of the device"
