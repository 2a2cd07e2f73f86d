"""An update that takes the application's place: a restart into the updater alone, and back."""

from cases import long
from ending_runs import HOUR, MINUTE
from qsota.boot import tally
from qsota.boot.record_data import GOOD
from qsota.resident import handover, phases, status, updater
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.states import NOPLAN
from qsota_tools.proof.lab.apps import doubtful_app
from qsota_tools.proof.lab.edges import CONFIG
from qsota_tools.proof.lab.packages import plain
from qsota_tools.proof.lab.rig import Rig
from util import with_loaded
from words import plan


def instead(*plans, way="instead", **options):
    return Rig(plans, config=dict(CONFIG, update=way), **options)


def test_the_application_makes_way_and_the_new_one_comes():
    rig = instead(plan("2_0_0", 20000))
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705]
    assert rig.boots == ["1_0_0", "alone", "2_0_0"]
    assert rig.record.slots[1].state == GOOD and len(rig.sent("AT+QIOTUPDATE=1")) == 1


def test_after_a_package_that_is_refused_the_application_runs_again():
    rig = instead(plan("2_0_0", board="OTHER"))
    assert rig.run(lambda rig: rig.settled() and rig.boots[-1] == "1_0_0" and len(rig.boots) > 2)
    assert rig.cloud.verdicts == [10706]
    assert rig.boots == ["1_0_0", "alone", "1_0_0"]
    assert rig.clock.now() < 2 * MINUTE


def test_a_package_in_blocks_and_a_module_that_restarts():
    rig = instead(plan("2_0_0", 20000), flash_free=7000)
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=2"), 2 * MINUTE)
    rig.module.reboot()
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.running == "2_0_0"


def test_after_a_power_cut_the_application_makes_way_again():
    rig = instead(plan("2_0_0", 30000))
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTARD=")) >= 20, MINUTE)
    assert rig.boots == ["1_0_0", "alone"]
    before = len(rig.commands)
    assert rig.run(Rig.settled)
    assert rig.boots == ["1_0_0", "alone", "1_0_0", "alone", "2_0_0"]
    assert "AT+QIOTOTARD=0,384" not in [line for _, line in rig.commands[before:]]
    assert rig.cloud.verdicts == [10705]


def test_a_download_that_is_nowhere_gives_the_place_back():
    rig = instead(plan("2_0_0", 20000))
    assert rig.run(lambda rig: "alone" in rig.boots, MINUTE)
    rig.module.ota.state = NOPLAN
    rig.cloud.give_up()
    assert rig.run(lambda rig: rig.boots[-1] == "1_0_0" and len(rig.boots) > 2, 10 * MINUTE)


def test_a_long_download_is_waited_for():
    rig = instead(plan("2_0_0", 20000))
    rig.cloud.storage.speed = 50  # 7 minutes
    assert rig.run(Rig.settled)
    assert rig.boots == ["1_0_0", "alone", "2_0_0"] and rig.clock.now() > 6 * MINUTE


def test_a_component_of_the_applications_own_is_taken_beside_it():
    from components import Display

    rig = instead(Plan([Component("DISPLAY", "d2", b"d2" + bytes(9000))]))
    rig.policy = {"targets": {"DISPLAY": Display()}}
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.boots == ["1_0_0"]


def test_the_heap_decides_where_the_board_file_leaves_it_open():
    class Gc:
        free = 0

        def collect(self):
            pass

        def mem_free(self):
            return self.free

    real, updater.gc = updater.gc, Gc()
    try:
        for free, boots in ((60000, ["1_0_0", "alone", "2_0_0"]), (90000, ["1_0_0", "2_0_0"])):
            Gc.free = free
            rig = instead(plan("2_0_0"), way="auto")
            assert rig.run(Rig.settled)
            assert rig.cloud.verdicts == [10705] and rig.boots == boots
    finally:
        updater.gc = real


def starved(error, fits=lambda: handover.state.alone):
    """In place of a session that finds no memory, unless one fits: the updater is alone."""

    def instead_of(real):
        async def run(updater):
            if fits():
                return await real(updater)
            raise error

        return run

    return instead_of


def without_memory(way, ms, until, error=MemoryError, plans=("2_0_0",)):
    """An application beside which no session fits: whether that comes to be, and the bench."""
    rig = instead(*[plan(version) for version in plans], way=way)
    rig.request_ms = HOUR
    return with_loaded("qsota.session.assembly run", starved(error), rig.run, until, ms), rig


def makes_way(rig):
    return "alone" in rig.boots


def test_where_there_is_no_memory_to_make_way_either_a_register_is_all_that_it_takes():
    rig, asked = instead(plan("2_0_0"), way="auto"), []

    def lacking(real):
        def aside():
            raise MemoryError

        return aside

    def in_a_register():
        asked.append(rig.clock.now())
        return len(asked) > 2 and real[1]()  # twice it cannot be written

    def end():
        narrow = starved(MemoryError)
        return with_loaded("qsota.session.assembly run", narrow, rig.run, Rig.settled, HOUR)

    real = updater.aside, tally.aside
    updater.aside = in_a_register
    try:
        assert with_loaded("qsota.boot.tally aside", lacking, end)
    finally:
        updater.aside = real[0]
    assert rig.boots == ["1_0_0", "alone", "2_0_0", "alone"] and rig.cloud.verdicts == [10705]
    assert MINUTE < asked[2] < 2 * MINUTE and len(rig.sent("AT+QIOTREG=1")) < 12


def test_an_updater_alone_that_finds_no_memory_restarts_the_board():
    rig = instead(plan("2_0_0"))
    narrow = starved(MemoryError, lambda: rig.boots[-1] != "alone")

    def is_back(rig):
        return rig.boots == ["1_0_0", "alone", "1_0_0"]

    assert with_loaded("qsota.session.assembly run", narrow, rig.run, is_back, 5 * MINUTE)


@long
def test_an_application_that_leaves_no_memory_for_sessions_makes_way_as_often_as_one_would_ask():
    upgraded = without_memory("auto", 2 * MINUTE, lambda rig: rig.boots[-1] == "2_0_0")
    assert upgraded[0] and upgraded[1].boots == ["1_0_0", "alone", "2_0_0"]
    quiet = without_memory("auto", 3 * HOUR, lambda rig: False, plans=())[1]
    # At once after the start with power, then every hour.
    assert quiet.boots == ["1_0_0"] + ["alone", "1_0_0"] * 3


def test_a_module_that_the_importer_does_not_find_for_want_of_memory_counts_as_that():
    rig = without_memory("auto", 2 * MINUTE, makes_way, ImportError("forms"))[1]
    assert "alone" in rig.boots


def test_a_version_on_trial_that_leaves_none_does_not_spend_its_attempts_on_that():
    rig = instead(plan("2_0_0"), way="auto")
    rig.apps["2_0_0"] = doubtful_app
    asked = []

    def fits():
        asked.append(rig.boots[-1])
        return asked[-1] != "2_0_0"

    narrow = starved(MemoryError, fits)
    with_loaded("qsota.session.assembly run", narrow, rig.run, Rig.settled, HOUR)
    assert rig.boots[:3] == ["1_0_0", "2_0_0", "1_0_0"] and asked.count("2_0_0") > 5
    assert rig.record.reason == "trial-deadline" and rig.cloud.verdicts == [10706]


def test_a_confirmation_for_which_there_was_no_memory_is_made_by_the_updater():
    rig, tries = instead(plan("2_0_0"), way="auto"), []

    def lacking(real):
        def confirmed():
            tries.append(rig.clock.now())
            if len(tries) < 5:
                raise MemoryError
            real()

        return confirmed

    def end():
        narrow = starved(MemoryError, lambda: handover.state.alone or rig.boots[-1] == "1_0_0")
        return with_loaded("qsota.session.assembly run", narrow, rig.run, Rig.settled, HOUR)

    assert with_loaded("qsota.session.trial confirmed", lacking, end)
    assert rig.cloud.verdicts == [10705] and len(tries) == 5
    assert rig.boots == ["1_0_0", "2_0_0", "alone"]


def with_no_room(way, error):
    """A rig with two plans; to prepare the slot fails beside an application."""
    rig = instead(plan("2_0_0"), plan("3_0_0"), way=way)

    def lacking(real):
        def begin(target, upgrade):
            if not handover.state.alone:
                raise error
            return real(target, upgrade)

        return begin

    def ended(rig):
        return len(rig.cloud.verdicts) == 2 and rig.settled()

    assert with_loaded("qsota.update.target SlotTarget begin", lacking, rig.run, ended, HOUR)
    return rig


def test_where_heap_or_stack_failed_an_update_the_next_one_takes_the_applications_place():
    for error in (MemoryError(), RuntimeError("maximum recursion depth exceeded")):
        rig = with_no_room("auto", error)
        assert rig.cloud.verdicts == [10706, 10705]
        assert rig.boots == ["1_0_0", "alone", "3_0_0"]


@long
def test_one_that_must_not_be_away_stays():
    assert with_no_room("beside", MemoryError()).boots == ["1_0_0"]
    assert without_memory("beside", 180 * MINUTE, makes_way)[0] is False


# --- the application's consent


def put_off(way, until_ms):
    """An upgrade of an application that lets the board restart from then on; what it was asked."""
    asked = []

    def may_restart():
        asked.append(rig.clock.now())
        return len(asked) > 1 and asked[-1] - asked[0] >= until_ms

    rig = instead(Plan([Component("MCU", "2_0_0", plain("2_0_0"))]), way=way)
    rig.policy = {"may_restart": may_restart}
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705]
    return rig, asked


def test_the_application_puts_a_restart_off():
    for way in ("instead", "beside"):
        rig, asked = put_off(way, 10000)
        assert 10 <= len(asked) <= 12


def test_not_for_longer_than_the_module_waits():
    rig, asked = put_off("instead", 10**9)
    assert 30 <= len(asked) <= 32
    rig, asked = put_off("beside", 10**9)
    assert 300 <= len(asked) <= 302


def test_a_consent_that_fails_is_one():
    def broken():
        raise OSError(5)

    rig = instead(plan("2_0_0"))
    rig.policy = {"may_restart": broken}
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.boots == ["1_0_0", "alone", "2_0_0"]
    assert rig.updater.status.phase != status.OFFLINE


def test_where_it_cannot_be_kept_that_it_made_way_the_update_runs_beside_the_application():
    rig, call = instead(plan("2_0_0", 20000)), phases.call

    def not_kept(name, function, *args):
        return function != "aside" and call(name, function, *args)

    phases.call = not_kept
    try:
        assert rig.run(Rig.settled)
    finally:
        phases.call = call
    assert rig.cloud.verdicts == [10705] and "alone" not in rig.boots
