"""Tables: aligned, whole, and growing where somebody looks on."""

import sys

import pytest

from qsota_tools.common import tables

ROWS = [("one", 1, "0.5 ms", 0.5), ("three hundred", 300, "12.0 ms", 12.25)]
HEADS = ("NAME", "COUNT", "TIME", "SHARE")


class Terminal:
    """Standard output, as a terminal."""

    def __init__(self, real):
        self._real = real

    def isatty(self):
        return True

    def __getattr__(self, name):
        return getattr(self._real, name)


def test_words_stand_to_the_left_and_numbers_with_their_units_to_the_right():
    assert tables.text(HEADS, ROWS).splitlines() == [
        "NAME           COUNT     TIME  SHARE",
        "one                1   0.5 ms   0.50",
        "three hundred    300  12.0 ms  12.25",
    ]


def test_nothing_is_cut_or_taken_for_markup():
    wide = "[red]" + "x" * 300
    assert tables.text(("A", "B"), [(wide, "1_0_0")]).splitlines()[1] == f"{wide}  1_0_0"


def test_documents_take_it_as_markdown():
    lines = tables.text(HEADS, ROWS, markdown=True).splitlines()
    assert lines[0] == "| NAME          | COUNT |    TIME | SHARE |"
    assert set(lines[1]) == {"|", "-", ":"} or set(lines[1]) == {"|", "-"}
    assert len(lines) == 4


def test_heads_without_a_word_are_not_shown():
    assert tables.text(("", ""), [("a", "b")]) == "a  b"


@pytest.mark.parametrize("terminal", [False, True])
def test_a_growing_table_is_whole_at_its_end_also_after_ctrl_c(capsys, monkeypatch, terminal):
    if terminal:
        monkeypatch.setattr(sys, "stdout", Terminal(sys.stdout))
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(KeyboardInterrupt), tables.Growing(HEADS) as table:
        table.add(*ROWS[0])
        raise KeyboardInterrupt
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.split() == ["one", "1", "0.5", "ms", "0.50"]


def test_a_table_that_nobody_wants_is_silent(capsys):
    with tables.Growing(HEADS, shown=False) as table:
        table.add(*ROWS[0])
    assert capsys.readouterr().out == ""
