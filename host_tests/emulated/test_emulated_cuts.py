"""Copies of an emulated run, one for each power cut, and the report of how they ended."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

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


class Run:
    """A run of so many operations; body(copies, number, done): what a copy goes on with."""

    def __init__(self, folder, operations, cuts, body):
        self.rows = []
        self.copies = Cuts(cuts, folder, self.rows.append)
        for number in range(1, operations + 1):
            done = self.copies.take(number, None)
            if done is not None:
                try:
                    body(self.copies, number, done)
                finally:
                    os._exit(1)


def says_its_cut(copies, number, done):
    os.write(1, b"lives on\n")
    copies.finish({"cut": number, "done": done, "again": copies.take(9, None), "problems": []})


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_copy_of_the_run_reports_its_cut_when_the_run_is_over(tmp_path, jobs):
    run = Run(tmp_path, 5, 2, says_its_cut)
    assert run.copies.number is None and not run.rows
    assert run.copies.run(jobs) == run.rows
    assert [(row["cut"], row["done"], row["again"]) for row in run.rows] == [
        (1, 1 / 8, None),
        (5, 2 / 8, None),
    ]
    assert (tmp_path / "cut-5.log").read_text() == "lives on\n"


@pytest.mark.parametrize(
    ("operations", "cuts", "hit"),
    [
        (40, 3, [1, 17, 40]),
        (60, 4, [1, 25, 41, 60]),
        (2, 4, [1, 2]),
        (5, 0, []),
        (0, 4, []),
    ],
)
def test_cuts_are_about_evenly_spread_over_operations_that_nobody_has_counted_before(
    tmp_path, operations, cuts, hit
):
    run = Run(tmp_path, operations, cuts, says_its_cut)
    assert [row["cut"] for row in run.copies.run(2)] == hit


def test_few_copies_wait_at_a_time_and_none_is_left_behind(tmp_path):
    before = children()
    run = Run(tmp_path, 100, 3, says_its_cut)
    assert len(children() - before) <= 3 * 3
    run.copies.run(1)
    assert not children() - before


def children():
    """Of this process, those that have ended and were not waited for included."""
    return {*Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()}


def test_copies_end_with_a_run_that_breaks_down(tmp_path):
    """Each has an end of the pipe to standard output here: it closes when all are gone."""
    script = f"""if True:
        from pathlib import Path
        from qsota_tools.emulated.cuts import Cuts
        cuts = Cuts(4, Path({str(tmp_path)!r}), print)
        for number in range(1, 10):
            cuts.take(number, None)
        1 // 0
    """
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, capture_output=True, text=True, timeout=30)
    assert done.stderr.count("ZeroDivisionError") == 1


def test_a_copy_that_was_killed_while_it_waited_is_a_problem(tmp_path):
    before = children()
    run = Run(tmp_path, 1, 1, says_its_cut)
    (copy,) = children() - before
    os.kill(int(copy), signal.SIGKILL)
    assert report.problems([], run.copies.run(1)) == ["cut 1: the run broke down, see cut-1.log"]


def test_a_copy_that_breaks_down_is_a_problem(tmp_path):
    def breaks_down(copies, number, done):
        if number == 3:
            raise RuntimeError("broke down")
        copies.finish({"cut": number, "problems": []})

    found = Run(tmp_path, 3, 2, breaks_down).copies.run(1)
    assert report.problems([], found) == ["cut 3: the run broke down, see cut-3.log"]


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
