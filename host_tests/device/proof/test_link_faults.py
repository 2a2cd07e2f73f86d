"""Faults of the link, each reduced to what it needs; found by the link campaign."""

from cases import long, some
from qsota.boot.record_data import GOOD
from qsota_tools.common.dice import Dice
from qsota_tools.module.states import UPDATING
from qsota_tools.proof.lab.faults import once, refuse
from qsota_tools.proof.lab.rig import Rig
from qsota_tools.proof.links import random_runs, single_faults, urcs
from qsota_tools.proof.links.scenario import COMPLETED
from words import plan, upgraded

NEW = 'AT+QIOTMCUVER="MCU","2_0_0"'


def disturbed(direction, mark, change):
    """A rig after an upgrade in which change(rig, data) happened to the data with mark in it."""

    def prepare(rig):
        once(getattr(rig.uart, direction), mark, lambda data: change(rig, data))

    return upgraded(plan("2_0_0"), prepare=prepare)


# --- the report of the new version


def test_a_report_that_was_refused_is_made_again():
    rig = upgraded(plan("2_0_0"), prepare=lambda rig: refuse(rig, NEW))
    assert rig.run(lambda rig: rig.cloud.verdicts == [10705], 30000)
    assert rig.sent(NEW) == [NEW] * 2 and rig.cloud.versions == {"MCU": "2_0_0"}


def test_a_report_that_arrived_damaged_does_not_stay_in_the_table():
    rig = disturbed("tx", NEW.encode(), lambda rig, data: data.replace(b"2_0_0", b"2_0_8"))
    # The module has judged the version that it heard, but the cloud learns the true one.
    assert rig.cloud.verdicts == [10706] and rig.record.slots[1].state == GOOD
    assert rig.run(lambda rig: rig.cloud.versions == {"MCU": "2_0_0"}, 30000)


def test_a_module_that_restarts_before_its_verdict_is_told_again():
    def restart(rig, data):
        rig.clock.after(20, rig.module.reboot)
        return data

    rig = disturbed("tx", NEW.encode(), restart)
    assert rig.cloud.verdicts == [10705] and rig.sent(NEW) == [NEW] * 2
    assert rig.clock.now() < 60000


# --- events


def test_a_block_event_that_was_cut_is_found_by_probing():
    """Without its fields it looks like one of the module's own firmware."""
    rig = disturbed("rx", b"7,10703", lambda rig, data: data.split(b',"MCU"')[0] + b"\r\n")
    assert rig.cloud.verdicts == [10705] and "AT+QIOTOTARD=0,1" in rig.sent("AT+QIOTOTARD")


def test_a_block_event_with_a_damaged_component_is_found_by_probing():
    rig = disturbed("rx", b"7,10703", lambda rig, data: data.replace(b"MCU", b"MC~"))
    assert rig.cloud.verdicts == [10705]


def test_an_offer_that_comes_again_after_its_confirmation_hides_no_event():
    """10701 and 10703 follow within the half second in which offers are collected."""
    offer = b'\r\n+QIOTEVT: 7,10700,"MCU","","2_0_0",30,-113,5768\r\n'
    rig = disturbed("rx", b"7,10701", lambda rig, data: offer + data)
    assert rig.cloud.verdicts == [10705] and rig.clock.now() < 30000


# --- data


def test_a_byte_that_was_lost_in_the_data_costs_one_more_read():
    rig = disturbed("rx", b": 4096,", lambda rig, data: data[:100] + data[101:])
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTOTARD=4096,")) == 2
    assert len(rig.sent("AT+QIOTOTARD=0,384")) == 1


def test_a_byte_that_came_twice_in_the_data_costs_one_more_read():
    rig = disturbed("rx", b": 1024,", lambda rig, data: data[:100] + data[99:])
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTOTARD=1024,")) == 2


def test_raw_data_of_a_urc_in_the_middle_of_an_upgrade_is_never_read_as_lines():
    urc = dict(urcs.URCS)["raw-data"]
    assert b"7,10706" in urc
    rig = disturbed("rx", b"7,10703", lambda rig, data: urc + data)
    assert rig.cloud.verdicts == [10705]


# --- the campaign's own runs, a few of them on every interpreter


def test_the_dice_fall_alike_on_every_interpreter():
    dice = Dice(7, 3)
    assert [dice.below(1000) for _ in range(4)] == [694, 258, 691, 759]
    assert min(dice.between(3, 5) for _ in range(50)) == 3


@long
def test_every_class_of_random_faults_ends_well():
    for name in random_runs.NAMES:
        outcome = random_runs.run(name, 4)
        assert outcome.problems == [], name


@long
def test_the_upgrade_survives_the_refusal_of_any_command():
    name = "each-command-refused"
    for number in some(range(single_faults.count(name)), 4):
        outcome = single_faults.run(name, number)
        assert (outcome.outcome, outcome.problems) == (COMPLETED, []), number


def test_a_module_that_restarts_while_the_mcu_restarts_waits_for_the_report():
    rig = Rig([plan("2_0_0")])
    assert rig.run(lambda rig: rig.module.state == UPDATING)
    rig.module.reboot()
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
