"""A rehearsal with many devices: what comes of it, and that it is noticed when it is not good."""

import ast
import inspect
import json

import pytest

from qsota import log
from qsota_tools.cli import main
from qsota_tools.common.workers import Crew
from qsota_tools.fleet import figures, fleet
from qsota_tools.fleet.part import Part, run_part
from qsota_tools.fleet.spec import Spec
from qsota_tools.fleet.turn import Turn, sharing
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.packages import image

CALM = Spec(cuts=0, links=0, refusals=0)
HERE = Crew(1)
HOUR = 3600000
COUNTS = ("devices", "succeeded", "failed", "dead", "wrong_images")


def test_every_device_of_a_calm_fleet_is_upgraded_within_one_slot_of_the_grid():
    found = fleet.rehearse(CALM, 6, HERE)
    assert (found["devices"], found["succeeded"], found["failed"]) == (6, 6, 0)
    assert (found["dead"], found["wrong_images"], found["wrongs"]) == (0, 0, [])
    assert max(map(int, found["minutes"])) <= 11


@pytest.mark.slow
def test_devices_that_lose_power_have_a_bad_link_or_a_low_battery_come_through():
    spec = Spec(cuts=60, links=40, refusals=30, seed=3)
    found = fleet.rehearse(spec, 14, HERE)
    assert found["cuts_taken"] > 3 and found["disturbed"] > 2 and found["refusing"] > 1
    assert (found["dead"], found["wrong_images"], found["untrue"]) == (0, 0, 0)
    assert found["wrongs"] == [] and sum(found["statuses"].values()) == 14


@pytest.mark.slow
def test_what_becomes_of_a_device_does_not_depend_on_the_part_that_it_is_in():
    spec = Spec(cuts=30, links=0, refusals=30, seed=5)
    whole = run_part(spec, 0, 8)
    halves = figures.merge([run_part(spec, 0, 3), run_part(spec, 3, 5)])
    for counts in (whole, halves):
        del counts["events"]["plan"], counts["peak_kb"], counts["steps"]  # of each part
    assert whole == halves


@pytest.mark.slow
def test_the_same_seed_gives_the_same_fleet():
    first, second = (run_part(Spec(seed=9, links=50), 0, 4) for _ in range(2))
    assert first["events"] == second["events"] and first["minutes"] == second["minutes"]


def test_devices_on_the_same_interpreter_do_not_get_each_others_state():
    with sharing():
        part = Part(CALM, 0, 4)
        part.run()
        boots = [device.boots[-1] for device in part._world.devices.values()]
        slots = [bytes(device.flash.content) for device in part._world.devices.values()]
    assert boots == ["2_0_0"] * 4
    assert all(image("2_0_0", CALM.size) in slot for slot in slots)


def test_a_push_period_holds_the_pushes_back():
    """Devices that are on-line already get the plan when it opens."""
    begin = 1780272000000  # midnight, UTC
    plan = {"start": begin, "end": begin + 12 * HOUR, "window": [3, 5]}
    found = run_part(Spec(plan=plan, cuts=0, links=0, refusals=0), 0, 6)
    pushed = [minute for minute in found["minutes"] if minute > 100]
    assert pushed and min(pushed) == 3 * 60 - 10


def test_a_plan_that_is_confirmed_by_hand_waits_for_its_users():
    found = run_part(Spec(plan={"mode": "manual"}, cuts=0, links=0, refusals=0), 0, 6)
    assert found["statuses"]["upgraded"] == 6
    assert found["events"]["user-confirmed"] > 0


def test_a_plan_whose_time_is_over_fails_those_that_were_not_reached():
    begin = 1780272000000
    plan = {"start": begin, "end": begin + HOUR // 4, "active": False}
    found = run_part(Spec(plan=plan, cuts=0, links=0, refusals=0), 0, 8)
    assert found["reasons"]["plan-ended"] == found["statuses"]["failed"] > 0
    assert found["dead"] == 0


def test_what_the_log_keeps_for_one_device_is_not_what_it_keeps_for_another():
    nodes = ast.walk(ast.parse(inspect.getsource(log)))
    changing = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    one, other = Turn(Clock()), Turn(Clock())
    with sharing():
        for name in changing | {"_lines", "sink"}:
            with one:
                setattr(log, name, one)
            with other:
                assert getattr(log, name) is not one, name
            with one:
                assert getattr(log, name) is one, name


def test_a_device_that_runs_something_else_is_counted_and_named():
    with sharing():
        part = Part(CALM, 0, 2)
        for device in part._world.devices.values():
            device.judge._images["2_0_0"] = b"x" * CALM.size
        counts = part.run()
    assert counts["wrong_images"] == 2
    assert len([text for text in figures.wrongs(counts, 2) if "wrong-image" in text]) == 2


@pytest.mark.slow
def test_a_device_that_never_answers_again_is_dead(monkeypatch):
    monkeypatch.setattr("qsota_tools.fleet.part._PATIENCE_MIN", 1)
    begin = 1780272000000
    plan = {"start": begin, "end": begin + 25 * 60000}
    with sharing():
        part = Part(Spec(plan=plan, cuts=0, links=0, refusals=0), 0, 2)
        next(iter(part._world.devices.values())).uart.peer = None
        counts = part.run()
    assert counts["dead"] == 1
    assert any("dead" in text for text in figures.wrongs(counts, 2))


@pytest.mark.parametrize(
    "change",
    [{"untrue": 1}, {"devices": 5}, {"statuses": {"upgraded": 3}}, {"minutes": {}}],
    ids=lambda change: next(iter(change)),
)
def test_statistics_that_do_not_add_up_are_told(change):
    counts = run_part(CALM, 0, 4)
    assert figures.wrongs(counts, 4) == []
    for name, value in change.items():
        counts[name] = type(counts[name])(value)
    counts["statuses"]["failed"] += 0
    assert figures.wrongs(counts, 4) != []


# The command


def test_the_command_prints_the_outcome_or_its_figures(capsys):
    command = ["fleet", "--devices", "5", "--jobs", "1"]
    assert main([*command, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    for name in [
        "devices",
        "succeeded",
        "failed",
        "dead",
        "wrong_images",
        "wall_s",
        "virtual_s",
        "peak_mb",
    ]:
        assert isinstance(figures[name], (int, float))
    assert figures["devices"] == 5 and figures["events_per_s"] > 0 and figures["peak_mb"] > 10
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "dead: 0; wrong images: 0" in shown and "5 devices in" in shown


def test_the_command_fails_where_something_is_wrong(monkeypatch, capsys):
    def bad(spec, first, count):
        return run_part(spec, first, count) | {"dead": 1, "problems": ["device 1: dead"]}

    monkeypatch.setattr(fleet, "run_part", bad)
    assert main(["fleet", "--devices", "2", "--jobs", "1"]) == 1
    assert "device 1: dead" in capsys.readouterr().out


def test_more_devices_than_the_platform_takes_are_remarked():
    assert figures.note(10000) is None
    assert "at most 10000 devices at once: 20001 need 3 plans" in figures.note(20001)


def test_a_plan_of_the_console_can_be_rehearsed(tmp_path, capsys):
    path = tmp_path / "plan.json"
    component = {"identifier": "app", "target": "7.1", "source": "7.0", "package_type": "delta"}
    plan = {"id": 3, "name": "spring", "zone": "UTC+08:00", "mode": "silent", "whitelist": ["x"]}
    path.write_text(json.dumps(plan | {"components": [component]}))
    assert main(["fleet", "--devices", "3", "--jobs", "1", "--plan", str(path)]) == 0
    assert ["upgraded", "3"] in [line.split() for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("[", "is no plan"),
        ("[]", "no object"),
        ('{"zone": "Mars"}', "zone"),
        ('{"start": 5, "end": 4}', "end"),
        ('{"components": 3}', "components must be a list"),
        ('{"components": [{"identifier": "a b", "target": "1"}]}', "identifier"),
        ('{"components": [{"component_type": "module"}]}', "that of the MCU"),
        ('{"components": [{}, {}]}', "one component"),
    ],
)
def test_a_plan_that_is_none_is_refused(tmp_path, capsys, plan, said):
    path = tmp_path / "plan.json"
    path.write_text(plan)
    assert main(["fleet", "--plan", str(path)]) == 1
    assert said in capsys.readouterr().err


def test_images_that_the_bench_cannot_hold_are_refused(capsys):
    assert main(["fleet", "--size", "40000"]) == 1
    assert "at most 32768 bytes" in capsys.readouterr().err
