"""The power-cut campaign: a quick one, and that it would notice what it is there to notice."""

import json
import shlex

import pytest

from qsota.boot import record, starting
from qsota.boot.record import RECORD_SIZE, RecordLog
from qsota.session import trial
from qsota.session.plan_journal import PlanJournal
from qsota.update.digest import Digest
from qsota.update.journal import Journal
from qsota.update.slot_writer import SlotWriter
from qsota.update.target import SlotTarget
from qsota_tools.cli import main
from qsota_tools.common.errors import UserError
from qsota_tools.proof.power import jobs, snapshot
from qsota_tools.proof.power import table as report
from qsota_tools.proof.power.explore import Explorer, Tally
from qsota_tools.proof.power.oracle import finish, next_upgrade
from qsota_tools.proof.power.replay import check_method, parse

pytestmark = pytest.mark.slow

# Cuts by which bad firmware loses the device; see the seeded bugs below.
BLANK_BUT_USED = "scenario=upgrade model=rp2 cuts=12:touched.first"
FADING_CONFIRMATION = "scenario=once model=rp2 cuts=16:fading.last,0:after"
TORN_IMAGE = "scenario=upgrade model=rp2 cuts=8:bits.last"
UNREADABLE_RECORD = "scenario=upgrade model=ecc16 cuts=1:dead.first"


def survives(text):
    bench = parse(text)
    fault = finish(bench) or next_upgrade(bench)
    assert not bench.cuts, "not every cut came"
    return fault is None


def few_cuts(monkeypatch, **hows):
    monkeypatch.setattr(snapshot, "cuts", lambda kind, length, chip: hows[kind])


# The campaign


def test_the_quick_campaign_finds_no_state_that_a_device_does_not_survive(capsys):
    code = main(["campaign", "--quick", "--json"])
    output = capsys.readouterr().out
    assert code == 0, output
    result = json.loads(output)
    assert result["failures"] == 0 and result["states"] > 2000
    for name, least in (("torn", 1500), ("walks", 100), ("checked", 20)):
        assert sum(row[name] for row in result["rows"]) >= least, name
    assert all(row["wrong"] == 0 for row in result["rows"])


def test_the_table_ends_with_what_was_found(monkeypatch, capsys):
    tally = Explorer("upgrade", "rp2", 1).walk(2)
    monkeypatch.setattr(jobs, "run", lambda *args: [tally])
    assert main(["campaign", "--quick"]) == 0
    output = capsys.readouterr().out
    assert output.splitlines()[0].split()[:4] == ["|", "scenario", "|", "flash"]
    assert f"{len(tally.states)} distinct states, 0 failures" in output


def test_second_cuts_are_made_in_the_recovery_from_a_first_one(monkeypatch):
    few_cuts(monkeypatch, erase=["before"], program=["before"])
    shallow = Explorer("upgrade", "rp2", 1).explore(1)
    deep = Explorer("upgrade", "rp2", 1).explore(2)
    assert (shallow.second, deep.second > 2 * deep.cuts) == (0, True)
    assert shallow.states < deep.states and len(deep.states) == deep.cuts + deep.second


def test_a_walk_is_repeatable_and_cuts_more_than_once():
    first, second = (Explorer("supply", "rp2", 5).walk(8) for _ in range(2))
    assert first == second and first.walks == 8
    assert len(first.states) > first.walks and not first.failures


def test_the_full_campaign_has_each_scenario_on_each_supported_flash():
    pairs = {job.args[:2] for job in jobs.full() if job.func is jobs._explore}
    supported = [name for name, model in report.MODELS.items() if model.supported]
    assert {(s, m) for s in jobs.SCENARIOS for m in supported} <= pairs
    deep = [job for job in jobs.full() if job.func is jobs._explore and job.args[2] == 2]
    assert len(deep) >= 4


# The method


@pytest.mark.parametrize("model", ["rp2", "ecc32", "stm32"])
def test_a_computed_state_is_that_of_a_real_cut(model):
    assert check_method("upgrade", model, 3, 4) == 0


def test_a_computed_state_that_is_wrong_would_be_noticed(monkeypatch):
    cut = snapshot.Snapshot.cut

    def one_bit_off(self, how):
        bench = cut(self, how)
        bench.flash.content[-1] ^= 1
        return bench

    monkeypatch.setattr(snapshot.Snapshot, "cut", one_bit_off)
    assert check_method("upgrade", "rp2", 3, 2) == 2


def test_the_key_of_a_state_is_found_without_building_it():
    bench = parse("scenario=again model=ecc16")
    found = []
    bench.watch = lambda *operation: found.append(snapshot.Snapshot(*operation))
    assert finish(bench) is None
    for point in found[::3]:
        for how, state in point.states():
            assert state == snapshot.key(point.cut(how)), (point.index, how)


# Seeded bugs: what the firmware must not do, shown to be found


def test_the_firmware_survives_the_cuts_of_the_seeded_bugs():
    for text in (BLANK_BUT_USED, FADING_CONFIRMATION, TORN_IMAGE, UNREADABLE_RECORD):
        assert survives(text), text


def test_a_record_appended_where_it_reads_blank_is_found(monkeypatch):
    load = RecordLog.load

    def load_and_append(self):
        newest = load(self)
        end = (self._unit + 1) * self._area.erase_size
        while self._valid[self._unit] and self._area.is_blank(
            end - RECORD_SIZE, RECORD_SIZE, self._buf
        ):
            end -= RECORD_SIZE
            self._next = end
        return newest

    monkeypatch.setattr(RecordLog, "load", load_and_append)
    assert not survives(BLANK_BUT_USED)


def test_a_report_that_rests_on_a_record_that_may_fade_is_found(monkeypatch, loaded):
    monkeypatch.setattr(PlanJournal, "keep", lambda self: None)
    assert not survives(FADING_CONFIRMATION)


def test_a_log_that_stops_at_what_cannot_be_read_is_found(monkeypatch):
    def read(self, at):
        self._area.read(at, self._buf)
        return record.unpack(self._buf)

    monkeypatch.setattr(RecordLog, "_read", read)
    assert not survives(UNREADABLE_RECORD)


def test_an_image_that_nobody_verifies_is_found(monkeypatch, loaded):
    def resume(self, at, upto):
        used = at
        for used in real(self, at, upto):  # noqa: B007
            pass
        self.position = used
        self._erased = -(-used // self._area.erase_size) * self._area.erase_size
        yield used

    real = SlotWriter.resume
    monkeypatch.setattr(SlotWriter, "resume", resume)  # the last program may be torn
    monkeypatch.setattr(SlotTarget, "_is_whole", lambda self: iter([True]))
    monkeypatch.setattr(Digest, "matches", lambda *args: None)
    monkeypatch.setattr(starting, "check", lambda *args: True)
    assert not survives(TORN_IMAGE)


def test_a_new_image_that_is_confirmed_at_once_is_found(monkeypatch, loaded):
    def install(self, header, attempts):
        real(self, header, attempts)
        self.state.slot = self.spare()
        trial.confirm(self.state)

    real = Journal.install
    monkeypatch.setattr(Journal, "install", install)
    assert finish(parse("scenario=revert model=rp2")) is not None


# A failure's command line


def test_the_line_of_a_failure_repeats_it(monkeypatch, capsys, loaded):
    monkeypatch.setattr(PlanJournal, "keep", lambda self: None)
    explorer = Explorer("once", "rp2", 1)
    bench = parse(FADING_CONFIRMATION)
    line = explorer.command(bench.cuts)
    assert main(shlex.split(line)[1:]) == 1
    output = capsys.readouterr().out
    assert "FAILED: Wrong('1_0_0 runs, the cloud has 2_0_0 as installed')" in output
    assert output.count("power is back") == 2 and "flash 14: program 512 bytes" in output


def test_a_replay_tells_that_the_device_survived(capsys):
    line = "scenario=blocks model=spinor cuts=8:almost.middle:5000 seed=2"
    assert main(["campaign", "--replay", line]) == 0
    assert capsys.readouterr().out.endswith("survived\n")


def test_a_replay_tells_of_a_cut_that_is_none_and_of_one_that_never_comes(capsys):
    assert main(["campaign", "--replay", "scenario=upgrade model=rp2 cuts=2:half,90:before"]) == 1
    output = capsys.readouterr().out
    assert "there is no cut half of a program of 512 bytes" in output
    assert "these cuts never came: 90:before" in output


@pytest.mark.parametrize(
    "text",
    [
        "",
        "scenario=upgrade",
        "scenario=none model=rp2",
        "scenario=upgrade model=rp2 cuts=x:before",
        "scenario=upgrade model=rp2 cuts=1",
        "scenario=upgrade model=rp2 depth=2",
        "nonsense",
    ],
)
def test_what_cannot_be_replayed_is_said(text):
    with pytest.raises(UserError):
        parse(text)


# The table


def test_tallies_of_one_scenario_and_flash_become_one_row():
    first = Tally("upgrade", "rp2", operations=16, cuts=3, torn=5, gap_ms=700, states={b"a", b"b"})
    second = Tally("upgrade", "rp2", walks=2, gap_ms=400, states={b"b", b"c"}, failures=["line"])
    other = Tally("upgrade", "stm32", states={b"d"}, failures=["lost"])
    rows = report.merge([other, first, second])
    assert [(row.model, len(row.states)) for row in rows] == [("rp2", 3), ("stm32", 1)]
    table = report.table(rows).splitlines()
    assert "| second cuts | walks | states | given up | failures | longest gap |" in table[0]
    assert table[2].replace(" ", "") == "|upgrade|rp2|16|3|5|0|2|3|0|1|0.7s|"
    assert len({len(line) for line in table}) == 1


def test_a_flash_that_is_refused_is_listed_but_does_not_count():
    rows = report.merge(
        [
            Tally("upgrade", "rp2", states={b"a"}),
            Tally("upgrade", "stm32", states={b"d", b"e"}, failures=["lost"]),
        ]
    )
    figures = report.as_json(rows, 1.0, 1)
    assert (figures["states"], figures["failures"]) == (1, 0)
    assert [row["supported"] for row in figures["rows"]] == [True, False]
    assert "stm32: refused by the board files; 1 failures in 2 states" in report.summary(rows, 1)


def test_a_failure_makes_the_command_fail(monkeypatch, capsys):
    bad = Tally("upgrade", "rp2", states={b"a"}, failures=['qsota campaign --replay "x"  # why'])
    monkeypatch.setattr(jobs, "quick", lambda: [lambda seed: bad])
    assert main(["campaign", "--jobs", "1"]) == 1
    assert 'qsota campaign --replay "x"  # why' in capsys.readouterr().out


@pytest.mark.parametrize(
    "option", ["--links=0", "--links=x", "--links=-1", "--jobs=0", "--seed=-1", "--seed=1.5"]
)
def test_numbers_that_make_no_sense_are_wrong_usage(option, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["campaign", option])
    assert ended.value.code == 2
    name, value = option.split("=")
    low = 0 if name == "--seed" else 1
    problem = f"argument {name}: must be a whole number from {low}, not {value}\n"
    assert capsys.readouterr().err.endswith(problem)
