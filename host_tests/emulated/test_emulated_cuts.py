"""Copies of an emulated run, one for each power cut, and the report of how they ended."""

import os
import subprocess
import sys
import time

import pytest

from qsota_tools.emulated import tables as report
from qsota_tools.emulated.beside import Beside
from qsota_tools.emulated.cuts import Cuts, spread
from qsota_tools.emulated.lines import Lines
from qsota_tools.emulated.took import Took

# Cuts


@pytest.mark.parametrize(
    ("operations", "cuts", "numbers"),
    [
        (9, 3, [1, 5, 9]),
        (5, 9, [1, 2, 3, 4, 5]),
        (7, 1, [1]),
        (7, 0, []),
        (0, 4, []),
    ],
)
def test_cuts_are_spread_from_the_first_operation_to_the_last(operations, cuts, numbers):
    assert spread(operations, cuts) == numbers


def test_forty_cuts_hit_forty_operations():
    numbers = spread(144, 40)
    assert len(set(numbers)) == 40
    assert max(b - a for a, b in zip(numbers, numbers[1:], strict=False)) <= 4


def forked_run(tmp_path, jobs, body):
    """A run of five operations with cuts in the second and the fourth."""
    rows = []
    copies = Cuts([2, 4], tmp_path, jobs, rows.append)
    for number in range(1, 6):
        done = copies.take(number, None)
        if done is not None:
            try:
                body(copies, number, done)
            finally:
                os._exit(1)
    return copies, rows


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_copy_of_the_run_reports_its_cut_and_the_run_goes_on(tmp_path, jobs):
    def body(copies, number, done):
        os.write(1, b"lives on\n")
        copies.finish({"cut": number, "done": done, "again": copies.take(4, None)})

    copies, rows = forked_run(tmp_path, jobs, body)
    found = copies.wait()
    assert copies.number is None
    assert rows == found
    assert [(row["cut"], row["done"], row["again"]) for row in found] == [
        (2, 1 / 8, None),
        (4, 2 / 8, None),
    ]
    assert (tmp_path / "cut-2.log").read_text() == "lives on\n"


def test_a_copy_that_breaks_down_is_a_problem(tmp_path):
    def body(copies, number, done):
        if number == 2:
            raise RuntimeError("broke down")
        copies.finish({"cut": number, "problems": []})

    copies, rows = forked_run(tmp_path, 1, body)
    assert report.problems([], copies.wait()) == ["cut 2: the run broke down, see cut-2.log"]


# Beside


def test_work_beside_goes_on_while_this_process_does_and_its_result_is_waited_for(tmp_path):
    go, gone = os.pipe()
    beside = Beside(lambda: {"read": os.read(go, 1).decode()}, tmp_path / "found.json")
    os.write(gone, b"!")
    assert beside.result() == {"read": "!"}


def test_work_beside_that_breaks_down_is_no_result_not_even_one_of_before(tmp_path, capfd):
    file = tmp_path / "found.json"
    file.write_text("{}")
    with pytest.raises(RuntimeError, match="found.json broke down"):
        Beside(lambda: {"divided": 1 // 0}, file).result()
    assert "ZeroDivisionError" in capfd.readouterr().err


# What work takes


def test_waiting_takes_time_but_no_processor():
    took = Took()
    time.sleep(0.3)
    figures = took.figures()
    assert figures["host_s"] >= 0.3 > figures["processor_s"]


def test_processors_of_processes_that_were_waited_for_count():
    took = Took()
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", busy], check=True)
    assert took.figures()["processor_s"] >= 0.3


# The report


def cut_row(number, result, problems=()):
    return {"cut": number, "area": "slot_b", "kind": "program", "result": result} | {
        "problems": list(problems)
    }


def test_the_table_counts_how_cuts_ended():
    cuts = [cut_row(1, 10705), cut_row(2, 10706), cut_row(3, 10705, ["1_0_0 is trial"])]
    text = report.summary([], [*cuts, {**cut_row(4, 10705), "kind": "erase"}])
    rows = [line.split() for line in text.splitlines()]
    assert ["slot_b", "program", "3", "1", "1", "1", "0", "s", "0", "s"] in rows
    assert ["slot_b", "erase", "1", "1", "0", "0", "0", "s", "0", "s"] in rows
    assert ["all", "4", "2", "1", "1", "0", "s", "0", "s"] in rows


def test_the_table_sums_what_cuts_took_of_emulated_time_and_of_processors():
    took = {"emulated_s": 10.5, "processor_s": 3.9}
    text = report.summary([], [{**cut_row(number, 10705), **took} for number in (1, 2)])
    assert text.splitlines()[-1].split()[-4:] == ["21", "s", "8", "s"]


def test_a_step_shows_what_it_has():
    steps = [
        {"step": "provision", "host_s": 133.3, "processor_s": 61.2},
        {"step": "revert", "result": 10706, "running": "2_0_0", "boots": [1, 2, 3]}
        | {"emulated_s": 16.256, "host_s": 86.2, "processor_s": 7.49},
    ]
    assert [line.split() for line in report.summary(steps, []).splitlines()[1:]] == [
        ["provision", "61.2", "s", "133", "s"],
        ["revert", "10706", "2_0_0", "3", "16.3", "s", "7.5", "s", "86", "s"],
    ]


def test_problems_name_their_step_or_cut():
    step = {"step": "revert", "problems": ["not 10706"]}
    assert report.problems([step], [cut_row(7, 10705, ["a report is pending"])]) == [
        "revert: not 10706",
        "cut 7: a report is pending",
    ]


def test_lines_end_where_the_board_ends_them():
    found = []
    lines = Lines(found.append)
    for piece in (b"one\r\ntw", b"o\nlost", b""):
        lines.take(piece)
    lines.cut()
    lines.take(b"three\n")
    assert found == ["one", "two", "three"]
