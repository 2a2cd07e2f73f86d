"""A seeded sample of the link campaign, and proof that its judge can say no."""

import json

import pytest

from qsota.session.policy import Policy
from qsota.update.package import HEADER_SIZE
from qsota_tools.cli import main
from qsota_tools.common.workers import Crew
from qsota_tools.module.states import UPDATEERROR, UPDATING
from qsota_tools.proof.lab.packages import image
from qsota_tools.proof.links import cases as campaign
from qsota_tools.proof.links import random_runs, scenario, single_faults, urcs
from qsota_tools.proof.links.scenario import COMPLETED, FAILED, LATE, NEW, Scenario, make_rig

pytestmark = pytest.mark.slow

GAP_GOAL_S = 20  # of the 60 s that the module waits for a read

# Classes in which nothing keeps the device from reading for long, so that the goal must be met.
UNDISTURBED = (
    "none",
    "http-faults",
    "urcs-inserted",
    "commands-refused",
    "slow-erases",
    "network-losses",
)


@pytest.fixture(scope="module")
def sample():
    rows = campaign.run_cases(campaign.random_cases(5 * 17, seed=1), Crew(2))
    return {row["class"]: row for row in rows}


def test_no_run_of_the_sample_ends_badly(sample):
    total = sample["total"]
    assert total["upgrades"] == 5 * len(random_runs.NAMES) == 85
    assert campaign.failures(sample.values()) == []
    assert total["wrong"] == total["dead"] == 0


def test_nearly_all_upgrades_of_the_sample_complete(sample):
    assert sample["none"]["completed"] == 5
    assert sample["total"]["completed"] > 0.9 * sample["total"]["upgrades"]


def test_reads_come_often_enough(sample):
    gaps = {name: sample[name]["gap_s"] for name in UNDISTURBED}
    assert max(gaps.values()) < GAP_GOAL_S, gaps


def test_a_plan_on_the_healed_link_is_taken_within_minutes(sample):
    assert 0 < sample["total"]["next_s"] < 300


def test_every_place_of_a_single_fault_that_is_tried_here_is_survived():
    rows = campaign.run_cases(campaign.single_cases(step=40), Crew(2))
    assert campaign.failures(rows) == []
    inserted = [row for row in rows if row["class"] == single_faults.INSERTED]
    assert inserted[0]["upgrades"] == inserted[0]["completed"] > 10


def test_the_places_of_single_faults_cover_the_whole_upgrade():
    commands = b"".join(single_faults.writes("tx"))
    for line in (b"QIOTREG=1", b"QIOTOTAREQ=1", b"UPDATE=1", b"UPDATE=2", b"UPDATE=3", b'"2_0_0"'):
        assert line in commands
    answers = b"".join(single_faults.writes("rx"))
    for code in (b"3,10200", b"10700", b"10701", b"10702", b"10703", b"10704", b"10705"):
        assert code in answers
    names = {name for _, _, name, _ in single_faults.insertions()}
    assert names == {name for name, _ in urcs.URCS}


def test_urcs_are_put_between_lines_only():
    assert urcs.places(b"\r\n+QIOTREG: 1\r\n\r\nOK\r\n") == [0, 15]
    assert urcs.places(b"\r\nOK\r\n") == [0]
    data = b"\r\n\r\n12"
    answer = b"\r\n+QIOTOTARD: 0,6\r\n" + data + b"\r\n\r\nOK\r\n"
    assert urcs.places(answer) == [0, answer.index(data) + 6]


def test_a_run_is_repeatable():
    outcome = random_runs.run("mixed", 11)
    assert random_runs.run("mixed", 11) == outcome != random_runs.run("mixed", 12)


# --- the judge


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(scenario, "_PLAN_MS", 60000)
    monkeypatch.setattr(scenario, "_LIMIT_MS", 300000)


def test_another_image_than_the_approved_one_is_found():
    run = Scenario(make_rig())
    run.judge._images[NEW] = image("2_0_1", 2000)
    assert run.run().problems == ["wrong-image"]


def test_a_version_that_is_told_too_early_is_found(impatient):
    run = Scenario(make_rig())

    def report():
        run.rig.uart.write(b'AT+QIOTMCUVER="MCU","2_0_0"\r\n')

    run.rig.clock.after(2500, report)
    assert "wrong-version-reported" in run.run().problems


def test_a_device_that_takes_no_plan_is_found(impatient):
    run = Scenario(make_rig())
    run.rig.policy = {"battery": lambda: 0}
    assert run.run().problems == ["dead: no next"]


def test_an_exception_that_the_device_swallows_is_found(monkeypatch, loaded):
    decide, broken = Policy.decide, [1]

    async def fails(self, plans, targets):
        return broken.pop() / 0 if broken else await decide(self, plans, targets)

    monkeypatch.setattr(Policy, "decide", fails)
    outcome = Scenario(make_rig()).run()
    assert outcome.outcome == COMPLETED
    assert [text.split("(")[0] for text in outcome.problems] == ["exception: ZeroDivisionError"]


def test_a_truthful_failure_is_no_problem():
    rig = make_rig()
    component = rig.cloud.plan.components[0]
    rig.cloud.storage.files[component.url] = component.data[:HEADER_SIZE] + bytes(2000)
    outcome = Scenario(rig).run()
    assert (outcome.outcome, outcome.reason, outcome.problems) == (FAILED, "wrong-sha256", [])


def test_a_verdict_that_the_device_outlived_is_told_from_a_failure():
    run = Scenario(make_rig())
    judged = run.rig.cloud.on_event

    def give_up(kind, fields):
        judged(kind, fields)
        if kind == "status" and fields["status"] == UPDATING and not run.rig.cloud.results:
            run.rig.cloud.report(UPDATEERROR, "MCU")

    run.rig.cloud.on_event = give_up
    assert run.run().outcome == LATE


# --- the command


def test_the_command_prints_a_table_or_the_figures(capsys):
    command = ["campaign", "--links", "2", "--seed", "5", "--jobs", "1"]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main([*command, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    shown = [line.split()[0] for line in lines if line]
    assert shown == ["class"] + [row["class"] for row in rows]
    assert rows[-1]["class"] == "total" and rows[-1]["upgrades"] == 2


def test_one_run_can_be_repeated_with_its_wire(capsys):
    assert main(["campaign", "--replay", "link=commands-refused number=3"]) == 0
    out = capsys.readouterr().out
    assert "TX AT+QIOTUPDATE=1" in out and "RX +QIOTEVT: 7,10705" in out
    assert "outcome='completed'" in out


def test_a_run_that_ends_badly_is_named_and_makes_the_command_fail(monkeypatch, capsys):
    bad = random_runs.run("none", 1)._replace(problems=["wrong-image"])
    monkeypatch.setattr(random_runs, "run", lambda name, number: bad)
    assert main(["campaign", "--links", "1", "--seed", "9", "--jobs", "1"]) == 1
    line = 'qsota campaign --replay "link=answers-cut number=9"  # wrong-image'
    assert line in capsys.readouterr().out


def test_a_run_that_does_not_exist_is_refused(capsys):
    for case in (
        "link=typo number=3",
        "link=mixed number=x",
        "link=mixed",
        "link=each-urc-at-each-place number=100000",
    ):
        assert main(["campaign", "--replay", case]) == 1
        assert "cannot replay this" in capsys.readouterr().err
