"""The hostile campaign's own parts: what it counts, what it finds, and how a run is repeated."""

import json

import pytest

from qsota.resident.updater import Updater
from qsota_tools.cli import main
from qsota_tools.common.workers import Crew
from qsota_tools.proof.hostile import hostile_campaign as campaign
from qsota_tools.proof.hostile import hostile_runs, instrument, memory_runs
from qsota_tools.proof.hostile.hostile_runs import Result
from qsota_tools.proof.hostile.memory_runs import MEMORY
from qsota_tools.proof.hostile.traffic import Busiest, Traffic
from qsota_tools.proof.lab.rig import Rig
from qsota_tools.proof.links.scenario import COMPLETED, EXPIRED, make_rig

pytestmark = pytest.mark.slow

GOOD = Result(COMPLETED, "", [], 8, 20, 3, 60000)


@pytest.fixture(scope="module")
def sample():
    rows = campaign.run_batches(campaign.batches(90, seed=1), Crew(2))
    return {row["class"]: row for row in rows}


def test_no_run_of_the_sample_ends_badly(sample):
    total = sample["total"]
    assert campaign.failures(sample.values()) == []
    assert total["runs"] == 90 and total["dead"] == total["without_verdict"] == 0
    assert total["completed"] > 60


def test_the_sample_costs_few_requests(sample):
    assert 0 < sample["total"]["requests_per_hour_max"] <= 30
    assert 0 < sample["total"]["reads_per_hour_max"] <= 1000


def test_a_run_is_repeatable_by_its_class_and_number():
    result = hostile_runs.run("busy-application", 11)
    assert hostile_runs.run("busy-application", 11) == result
    assert hostile_runs.run("busy-application", 12) != result


def test_each_class_gets_its_share_and_a_third_of_the_runs_fails_for_memory():
    runs = [(name, n) for name, numbers in campaign.batches(300, 7) for n in numbers]
    assert len(runs) == len(set(runs)) == 300
    shares = {name: sum(mine == name for mine, _ in runs) for name in campaign.NAMES}
    assert shares[MEMORY] == 100 and min(shares.values()) >= 20
    assert min(n for _, n in runs) == 7


# --- traffic


def test_the_busiest_hour_is_any_hour():
    busiest = Busiest()
    for minute in (0, 59, 61, 62, 119, 130):
        busiest.add(minute * 60000)
    assert busiest.most == 4


def test_an_upgrade_costs_requests_and_reads():
    rig = make_rig(1500)
    traffic = Traffic(rig)
    assert rig.run(Rig.settled)
    paid = ("AT+QIOTREG=1", "AT+QIOTOTAREQ", 'AT+QIOTINFO="up"', 'AT+QIOTMCUVER="MCU","')
    asked = [line for start in paid for line in rig.sent(start)]
    assert traffic.requests.most == len(asked) > 3
    assert traffic.reads.most == len(rig.sent("AT+QIOTOTARD=")) > 2


# --- what counts as what


def test_each_kind_of_problem_has_its_column():
    assert campaign.kind("dead: no next") == "dead"
    assert campaign.kind("updater died: MemoryError()") == "dead"
    assert campaign.kind("no verdict") == "without_verdict"
    assert campaign.kind("traffic: 332 requests in an hour") == "traffic"
    assert campaign.kind("exception: ValueError()") == "exceptions"
    assert campaign.kind("wrong-image") == "wrong"


def test_a_plan_that_only_the_cloud_could_end_has_no_verdict():
    scenario, traffic = hostile_runs.prepare("busy-application", 1)
    scenario.rig.policy = {"battery": lambda: 0}
    result = hostile_runs.finish(scenario, traffic)
    assert result.outcome == EXPIRED and result.problems == ["dead: no next", "no verdict"]


def test_an_updater_that_ends_is_dead(monkeypatch):
    async def ends(self):
        return

    monkeypatch.setattr(Updater, "run", ends)
    assert hostile_runs.run("busy-application", 1).problems == ["dead: no verdict"]


def test_a_device_that_asks_all_the_time_is_found(monkeypatch):
    monkeypatch.setattr(hostile_runs, "_REQUESTS", 3)
    monkeypatch.setattr(hostile_runs, "_PER_RESTART", 1)
    monkeypatch.setattr(hostile_runs, "_READS", 2)
    problems = hostile_runs.run("busy-application", 1).problems
    assert [text.split(":")[0] for text in problems] == ["traffic", "traffic"]


# --- memory


def test_every_statement_of_every_function_tells_its_number(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "part.py").write_text(
        "x = 1\n\n\nasync def f(a):\n    'text'\n    if a:\n        return [a]\n    try:\n"
        "        await a\n    except OSError:\n        b = 2\n    finally:\n        c = 3\n"
    )
    sites = instrument.copy(source, tmp_path / "copy")
    assert sites == [f"part.py:{line}" for line in (6, 7, 9, 11, 13)]
    told: list[int] = []
    names = {"_t": told.append}
    exec((tmp_path / "copy" / "part.py").read_text(), names)
    with pytest.raises(StopIteration, match="5"):
        names["f"](5).send(None)
    assert told == [0, 1]


def test_every_place_has_a_number():
    count = memory_runs.count()
    assert len({memory_runs.place(number) for number in range(count)}) == count > 3000
    assert memory_runs.place(count) == memory_runs.place(0)
    # Only what runs, and not all of it does.
    sites = {memory_runs.place(number).site for number in range(count)}
    assert 1000 < len(sites) < len(memory_runs._copy().sites)
    # So many runs as there are such statements fail in each of them.
    assert {memory_runs.place(number).site for number in range(len(sites))} == sites


def test_an_allocation_that_fails_on_the_vm_is_seen_by_the_device(capsys):
    """In the statement that takes the message, so that the message is lost."""
    copy = memory_runs._copy()
    site = next(n for n, name in enumerate(copy.sites) if name.startswith("qsota/log.py"))
    numbers = [n for n in range(memory_runs.count()) if memory_runs.place(n).site == site]
    assert "qsota/log.py" in memory_runs.describe(numbers[0])
    assert memory_runs.show(numbers[0]).outcome == COMPLETED
    assert "record" in capsys.readouterr().out


def test_a_vm_that_breaks_down_costs_one_run(monkeypatch):
    copy = memory_runs._copy()
    answers = [[], [json.dumps(GOOD._asdict() | {"log": []})]]
    monkeypatch.setattr(copy, "run", lambda *what: answers.pop(0))
    results = list(memory_runs.run_all([1, 2]))
    assert [result.problems for result in results] == [["dead: the VM broke down"], []]


def test_a_run_that_never_ends_is_ended_and_one_that_gets_no_processor_is_not(
    monkeypatch, tmp_path
):
    (tmp_path / "vm").write_text("#!/bin/sh\nsleep 3\necho waited\nwhile :; do :; done\n")
    (tmp_path / "vm").chmod(0o755)
    monkeypatch.setattr(memory_runs, "find_micropython", lambda: str(tmp_path / "vm"))
    monkeypatch.setattr(memory_runs, "_PATIENCE_S", 1)
    assert memory_runs._copy().run() == ["waited"]


# --- the command


def test_the_command_prints_a_table_or_the_figures(monkeypatch, capsys):
    monkeypatch.setattr(hostile_runs, "run", lambda name, number: GOOD)
    monkeypatch.setattr(memory_runs, "run_all", lambda numbers: [GOOD] * len(numbers))
    command = ["campaign", "--hostile", "20", "--jobs", "1"]
    assert main([*command, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    expected = {"runs": 20, "dead": 0, "without_verdict": 0, "requests_per_hour_max": 8, "seed": 1}
    assert {name: figures[name] for name in expected} == expected
    assert [row["class"] for row in figures["classes"]] == campaign.NAMES
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["class", "runs"] and lines[-1].split()[:2] == ["total", "20"]


def test_a_run_that_ends_badly_is_named_and_makes_the_command_fail(monkeypatch, capsys):
    bad = GOOD._replace(problems=["dead: no next"], outcome=None)
    monkeypatch.setattr(hostile_runs, "run", lambda name, number: bad)
    monkeypatch.setattr(memory_runs, "run_all", lambda numbers: [GOOD] * len(numbers))
    assert main(["campaign", "--hostile", "2", "--seed", "9", "--jobs", "1"]) == 1
    line = 'qsota campaign --replay "hostile=busy-application number=9"  # dead: no next'
    assert line in capsys.readouterr().out


def test_one_run_can_be_repeated_with_its_wire(capsys):
    assert main(["campaign", "--replay", "hostile=busy-application number=3"]) == 0
    out = capsys.readouterr().out
    assert "TX AT+QIOTUPDATE=1" in out and "outcome='completed'" in out


def test_a_run_that_does_not_exist_is_refused(capsys):
    for case in ("hostile=typo number=3", "hostile=mixed number=x", "hostile=mixed"):
        assert main(["campaign", "--replay", case]) == 1
        assert "cannot replay this" in capsys.readouterr().err
