"""An application may make and run the updater again whenever it likes, out of its own callables
too: one run is left, and no upgrade is lost."""

import asyncio

from cases import long
from qsota import log
from qsota.device import Device
from qsota_tools.proof.lab.apps import good_app
from qsota_tools.proof.lab.rig import Rig
from words import plan

MINUTE = 60000
PHASES = ("reporting", "idle", "offered", "waiting", "reading", "installing")


def start(rig, updater):
    asyncio.create_task(rig._guarded(updater.run()))


def make_another(rig):
    rig.updater = rig.device.updater(**rig.policy)
    start(rig, rig.updater)


def run_twice(rig):
    start(rig, rig.updater)
    start(rig, rig.updater)


def upgrade_in_which(act, phase, times):
    """A rig whose on_progress calls act(rig) the first times that this phase is told."""
    rig, told = Rig([plan("2_0_0", 6000)]), []

    def on_progress(status):
        if status.phase == phase and len(told) < times:
            told.append(status)
            act(rig)

    rig.policy = {"on_progress": on_progress}
    assert rig.run(Rig.settled, 5 * MINUTE), phase
    assert len(told) == times, phase
    return rig


def costs_no_upgrade(act):
    for phase in PHASES:
        rig = upgrade_in_which(act, phase, 1)
        assert rig.cloud.verdicts == [10705], phase
        assert len(rig.sent("AT+QIOTOTAREQ")) <= 4, phase


def test_a_progress_display_that_makes_and_runs_another_updater_costs_no_upgrade():
    costs_no_upgrade(make_another)


def test_of_two_updaters_that_are_made_at_once_only_the_last_one_lives():
    rig = upgrade_in_which(make_another, "reading", 2)
    assert rig.cloud.verdicts == [10705] and len(rig.commands) < 80


def test_a_progress_display_that_runs_the_updater_twice_costs_no_upgrade():
    costs_no_upgrade(run_twice)


def test_a_plain_callable_that_is_asked_may_make_and_run_another_updater():
    rig, asked = Rig([plan("2_0_0")]), []

    def battery():
        asked.append(1)
        if len(asked) == 1:
            make_another(rig)
        return 100

    rig.policy = {"battery": battery}
    assert rig.run(Rig.settled, 5 * MINUTE) and rig.cloud.verdicts == [10705]


def test_a_consent_that_waits_for_the_updater_itself_is_not_waited_for():
    rig = Rig([plan("2_0_0")])
    seen = []

    async def consent(offered):
        await rig.updater.run()
        seen.extend(log.lines())
        return True

    rig.policy = {"consent": consent}
    assert rig.run(Rig.settled, MINUTE) and rig.cloud.verdicts == [10705]
    assert "run: not while it asks" in seen


def test_a_consent_that_waits_for_a_task_that_runs_the_updater_costs_no_upgrade():
    rig, asked = Rig([plan("2_0_0")]), []

    async def consent(offered):
        asked.append(rig.clock.now())
        if len(asked) == 1:
            await asyncio.create_task(rig._guarded(rig.updater.run()))
        return True

    rig.policy = {"consent": consent}
    assert rig.run(Rig.settled, 30 * MINUTE) and rig.cloud.verdicts == [10705]
    assert len(asked) == 2 and asked[1] - asked[0] >= 5 * MINUTE  # so long it was waited for


def test_an_updater_that_is_run_while_the_user_is_asked_takes_over_after_the_answer():
    rig, asked = Rig([plan("2_0_0")]), []

    async def consent(offered):
        asked.append(rig.clock.now())
        await asyncio.sleep_ms(20000)
        return True

    async def app(rig, device):
        while not asked:
            await asyncio.sleep_ms(1000)
        make_another(rig)
        await good_app(rig, device)

    rig.policy, rig.apps = {"consent": consent}, {"1_0_0": app}
    assert rig.run(Rig.settled, 5 * MINUTE) and rig.cloud.verdicts == [10705]
    assert len(asked) == 1


def test_a_program_with_two_devices_has_one_updater_and_one_owner_of_the_uart():
    rig = Rig([plan("2_0_0")])

    async def app(rig, device):
        other = Device()
        assert other.at is device.at
        asyncio.create_task(rig._guarded(other.updater().run()))
        await good_app(rig, other)

    rig.apps = {"1_0_0": app, "2_0_0": app}
    assert rig.run(Rig.settled, 5 * MINUTE) and rig.cloud.verdicts == [10705]
    assert len(rig.commands) < 80


def cancels_after(ms):
    """An application that three times cancels the updater's task and makes a new one."""

    async def app(rig, device):
        for _ in range(3):
            task = asyncio.create_task(rig._guarded(rig.updater.run()))
            await asyncio.sleep_ms(ms)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
        start(rig, rig.updater)

    return app


@long
def test_a_run_that_is_cancelled_at_any_time_is_taken_up_by_the_next_one():
    for ms in range(5, 3500, 333):
        rig = Rig([plan("2_0_0")])
        rig.apps = {"1_0_0": cancels_after(ms)}
        assert rig.run(Rig.settled, 5 * MINUTE), ms
        assert rig.cloud.verdicts == [10705], ms
