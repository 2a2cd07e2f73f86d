"""docs/center.md: the tests that it names for each rule, and for each bad input, exist."""

import re
from pathlib import Path

HOST_TESTS = Path(__file__).parent.parent
TABLE = (HOST_TESTS.parent / "docs" / "center.md").read_text()
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)
SECTIONS = [f"6.{n}" for n in range(1, 12)]


def test_every_test_that_the_table_names_exists():
    assert len(NAMED) > 110
    for file, name in NAMED:
        whole = file if "/" in file else "host_tests/device/center/" + file
        text = (HOST_TESTS.parent / whole).read_text()
        assert f"def {name}(" in text, (file, name)


def test_every_section_of_the_rules_is_in_the_table():
    for section in SECTIONS:
        assert f"\n| {section} " in TABLE
