# RAM and flash say the same of an upgrade and its plan, whatever becomes of a write.


from journal_bench import UPGRADE, Header, journal, reloaded
from qsota.boot.record import RECORD_SIZE, pack_into
from qsota.boot.record_data import EMPTY, GOOD, TRIAL, Upgrade
from qsota.errors import FlashError
from qsota.session.trial import confirm, revert
from util import raises

# RAM and flash say the same


def said(journal_):
    """All that the record says."""
    buf = bytearray(RECORD_SIZE)
    pack_into(journal_.record, buf)
    return bytes(buf[16:508])


def every_step():
    """(name, a journal just before that step, its flash, the step)."""
    for name, states, running, step in (
        ("confirm_plan", (GOOD, EMPTY), 0, lambda j: j.confirm_plan([("MCU", "2_0_0")])),
        ("resume", (GOOD, EMPTY), 0, lambda j: j.resume()),
        ("clear_spare", (GOOD, GOOD), 0, lambda j: j.clear_spare()),
        ("begin", (GOOD, EMPTY), 0, lambda j: j.begin(UPGRADE, ("LCD", "5"))),
        ("install", (GOOD, EMPTY), 0, lambda j: j.install(Header, 3)),
        ("confirm", (GOOD, TRIAL), 1, lambda j: confirm(j.state)),
        ("revert", (GOOD, TRIAL), 1, lambda j: revert(j.state, "self-test")),
        ("fail", (GOOD, EMPTY), 0, lambda j: j.fail("wrong-board")),
        ("report_new", (GOOD, EMPTY), 0, lambda j: j.report_new("5")),
        ("reopen", (GOOD, EMPTY), 0, lambda j: j.reopen()),
        ("hear_told", (GOOD, EMPTY), 0, lambda j: j.hear_told()),
        ("done", (GOOD, EMPTY), 0, lambda j: j.done("ended-by-module")),
    ):
        made, flash = journal(running, states)
        if name != "clear_spare":
            made.begin(Upgrade("MCU", "", 5000, bytes(16), b"s" * 32))
        if name == "reopen":
            made.done()
        made.told = True
        yield name, made, flash, step


def test_every_step_changes_what_is_on_record_and_that_is_what_a_restart_finds():
    for name, steps, flash, step in every_step():
        before = said(steps)
        step(steps)
        assert said(steps) != before, name
        assert said(reloaded(steps, flash)) == said(steps), name


def test_a_step_that_flash_refuses_leaves_the_record_as_flash_has_it():
    for name, steps, flash, step in every_step():
        before = said(steps)
        flash.on_op = lambda kind, at, length: raise_io()
        assert raises(FlashError, step, steps).reason == "record-write"
        flash.on_op = None
        assert said(steps) == before == said(reloaded(steps, flash)), name


def test_a_step_for_which_there_is_no_memory_leaves_the_record_as_flash_has_it():
    for name, steps, flash, step in every_step():
        before = said(steps)

        def store(*record):
            raise MemoryError

        records = steps.state.records
        records.store = records.load = store
        raises(MemoryError, step, steps)
        assert said(steps) == before == said(reloaded(steps, flash)), name


def test_a_step_that_was_stored_but_did_not_read_back_counts():
    steps, flash = journal()
    reads = []

    def read(at, buf):
        reads.append(at)
        raise FlashError("io")

    store = steps.state.records.store
    area = steps.state.records._area

    def fail_to_read_back(record):
        real, area.read = area.read, read
        try:
            store(record)
        finally:
            area.read = real

    steps.state.records.store = fail_to_read_back
    raises(FlashError, steps.fail, "wrong-board")
    assert reads and steps.record.reason == "wrong-board"


def test_a_reason_is_cut_to_what_the_record_holds():
    for reason, kept in (
        ("self-test: sensor 3 does not answer", "self-test: sensor 3 does not ans"),
        ("\u00e4" * 17, "\u00e4" * 16),
        ("x" + "\u00e4" * 16, "x" + "\u00e4" * 15),
        (None, "None"),
        (OSError(5), str(OSError(5))),
    ):
        trial, flash = journal(1, (GOOD, TRIAL))
        revert(trial.state, reason)
        assert reloaded(trial, flash).record.reason == trial.record.reason == kept
        trial.fail(reason)
        trial.done(reason)
        assert trial.record.reason == kept


def raise_io():
    raise OSError(5)


# The plan


def test_a_plan_is_known_by_all_that_it_names():
    steps, flash = journal()
    names = [("MCU", "2_0_0"), ("LCD", "5")]
    assert steps.tries(names) == 0
    steps.confirm_plan(names)
    steps.confirm_plan(names)
    steps = reloaded(steps, flash)
    assert steps.tries(names) == 2 and steps.tries(names[:1]) == 0
    steps.confirm_plan(names[:1])
    assert steps.tries(names[:1]) == 1 and steps.tries(names) == 0


def test_what_a_plan_names_next_survives_a_restart():
    steps, flash = journal()
    steps.confirm_plan([("MCU", "2_0_0"), ("LCD", "5")])
    plan = reloaded(steps, flash).record.plan
    assert (plan.component, plan.target) == ("MCU", "2_0_0")
    steps.begin(UPGRADE, ("LCD", "5"))
    steps.begin(UPGRADE)  # once more for the same package
    plan = reloaded(steps, flash).record.plan
    assert (plan.component, plan.target, plan.tries) == ("LCD", "5", 1)


def test_resumes_are_counted_until_the_upgrade_ends():
    steps, flash = journal()
    steps.confirm_plan([("MCU", "2_0_0")])
    assert [steps.resume() for _ in range(3)] == [1, 2, 3]
    steps = reloaded(steps, flash)
    assert steps.resume() == 4
    steps.done()
    assert steps.resume() == 1
    for _ in range(300):
        steps.resume()
    assert steps.resume() == 255


def test_an_installed_upgrade_names_its_version_and_whether_the_module_was_told():
    for told in (False, True):
        steps, flash = journal()
        steps.begin(Upgrade("MCU", "", 5000, bytes(16), b"s" * 32))
        steps.told = told
        steps.install(Header, 3)
        upgrade = reloaded(steps, flash).record.upgrade
        assert (upgrade.target, upgrade.told) == ("2_0_0", told)
        steps.hear_told()
        assert reloaded(steps, flash).record.upgrade.told
