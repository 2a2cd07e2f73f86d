"""What the module owes and never says: it is looked for, and ended where it does not come."""

from cases import long
from components import Display
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.download import LATE
from qsota_tools.module.states import DOWNLOADSUCCESS
from qsota_tools.proof.lab.faults import lose_command, lose_urc, refuse
from qsota_tools.proof.lab.rig import Rig
from words import component, plan

MINUTE = 60000


def lose_all(rig, *texts):
    """No event with one of the texts ever arrives."""
    marks = [text.encode() for text in texts]
    rig.uart.rx.filters.append(lambda data: b"" if any(mark in data for mark in marks) else data)


def damage(rig, right, wrong):
    """Whatever the module says arrives with other bytes in place of these."""
    rig.uart.rx.filters.append(lambda data: data.replace(right, wrong))


def off_while(rig, ms):
    """The MCU is without power for ms, and what the module says meanwhile is lost."""
    rig._power_off()
    rig.clock.advance(ms)
    rig.uart.readinto(bytearray(4096))


# --- after UPDATE=1


def test_a_download_whose_start_and_block_were_lost_is_found_before_the_modules_60_s():
    rig = Rig([plan("2_0_0")])
    lose_urc(rig, "7,10701")
    lose_urc(rig, "7,10703")
    assert rig.run(Rig.settled, MINUTE)
    assert rig.cloud.verdicts == [10705]


def test_a_download_of_which_nothing_at_all_is_heard_is_found():
    rig = Rig([plan("2_0_0")])
    lose_all(rig, "7,10701", "7,10702", "7,10703")
    assert rig.run(Rig.settled, MINUTE)
    assert rig.cloud.verdicts == [10705]


def test_a_confirmation_whose_answers_were_all_lost_is_no_reason_not_to_look():
    rig = Rig([plan("2_0_0")])
    lose_all(rig, "7,10701", "7,10702", "7,10703")
    for _ in range(3):
        lose_command(rig, "AT+QIOTUPDATE=1")
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTARD=0,1")) > 3, 5 * MINUTE)


def test_a_confirmation_that_was_refused_for_good_is_not_waited_for():
    rig = Rig([plan("2_0_0")])
    for _ in range(3):
        refuse(rig, "AT+QIOTUPDATE=1")
    rig.run(lambda rig: False, 5 * MINUTE)
    begun = [ms for ms, line in rig.commands if line == "AT+QIOTUPDATE=1"][0]
    assert not [line for ms, line in rig.commands if ms > begun and "OTARD=0,1" in line]


def test_a_plan_whose_confirmation_was_refused_for_good_is_asked_for_ten_minutes_later():
    rig = Rig([plan("2_0_0")])
    for _ in range(3):
        refuse(rig, "AT+QIOTUPDATE=1")
    assert rig.run(Rig.settled, 15 * MINUTE)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTOTAREQ")) <= 3


def test_a_plan_that_the_module_lost_without_a_word_is_asked_for_ten_minutes_later():
    rig = Rig([plan("2_0_0")])
    rig.cloud.storage.speed = 1
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=1"), MINUTE)
    rig.module.ota.lose_plan()
    rig.cloud.storage.speed = 100000
    assert rig.run(Rig.settled, 20 * MINUTE)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTOTAREQ")) <= 3


@long
def test_a_module_that_downloads_for_ever_what_nobody_knows_is_stopped():
    rig = Rig([plan("2_0_0"), plan("3_0_0")])
    lose_all(rig, '10701,"MCU",5768,"' + rig.cloud.plan.components[0].firmware.md5)
    rig.cloud.storage.speed = 1
    assert rig.run(lambda rig: rig.cloud.verdicts, 70 * MINUTE)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "module-silent"
    rig.cloud.storage.speed = 100000
    assert rig.run(Rig.settled, 20 * MINUTE) and rig.running == "3_0_0"


# --- the silent state: neither events nor timers (D2, D9)


def silent(*plans, lost=()):
    """A rig whose first download falls into the silent state."""
    rig = Rig(plans or [plan("2_0_0"), plan("3_0_0")])
    rig.cloud.storage.faults = [LATE]
    if lost:
        lose_all(rig, *lost)
    return rig


def ends_and_goes_on(rig, within=15 * MINUTE):
    rig.uart.rx.filters.clear()
    assert rig.run(lambda rig: rig.cloud.verdicts, within), "never found out"
    assert rig.cloud.verdicts[0] == 10706
    assert rig.run(Rig.settled, 15 * MINUTE)
    assert rig.running == "3_0_0", "no further plan"


def test_the_silent_state_of_a_download_on_record_is_ended_by_a_report():
    rig = silent()
    ends_and_goes_on(rig, 4 * MINUTE)


def test_the_silent_state_of_a_download_that_began_unseen_is_ended_by_a_report():
    rig = silent(lost=("7,10701", "7,10702"))
    assert rig.run(lambda rig: rig.cloud.verdicts, 4 * MINUTE)
    assert rig.record.reason == "module-silent"
    ends_and_goes_on(rig, MINUTE)


def test_the_silent_state_from_before_a_reset_is_ended_by_a_report():
    rig = silent()
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=1"), MINUTE)
    off_while(rig, 30000)
    assert rig.module.state == DOWNLOADSUCCESS
    ends_and_goes_on(rig)


def unwanted():
    """A rig whose module falls into the silent state with a component that has no target."""
    return silent(
        Plan([Component("FPGA", "f1", b"bits" * 100), component("2_0_0")]), plan("3_0_0")
    )


def test_the_silent_state_of_a_component_without_target_is_ended_by_its_own_report():
    rig = unwanted()
    ends_and_goes_on(rig, 5 * MINUTE)
    assert rig.record.plan.component != "FPGA"


def test_the_silent_state_of_a_component_without_target_is_ended_after_a_reset_too():
    rig = unwanted()
    assert rig.run(lambda rig: rig.module.state == DOWNLOADSUCCESS, MINUTE)
    off_while(rig, 30000)
    ends_and_goes_on(rig)
    assert rig.record.plan.component != "FPGA"


def test_a_component_without_target_is_known_by_its_offer_where_its_start_was_lost():
    rig = silent(
        Plan([Component("FPGA", "f1", b"bits" * 100), component("2_0_0")]),
        plan("3_0_0"),
        lost=("7,10701",),
    )
    assert rig.run(lambda rig: rig.cloud.verdicts, 15 * MINUTE), "never found out"
    ends_and_goes_on(rig)
    assert rig.record.plan.component != "FPGA"


def test_a_component_without_target_is_known_by_lines_that_came_damaged():
    rig = unwanted()
    for right, wrong in ((b'10700,"FPGA', b'l0700,"FPGA'), (b"7,10701", b"7,1 701")):
        damage(rig, right, wrong)
    assert rig.run(lambda rig: rig.cloud.verdicts, 15 * MINUTE), "never found out"
    ends_and_goes_on(rig)


def test_a_component_whose_name_cannot_be_reported_ends_with_the_modules_timer():
    strange = Plan([Component("FPGA", "f1", b"bits" * 100), component("2_0_0")])
    rig = Rig([strange, plan("3_0_0")])
    rig.uart.rx.filters.append(lambda data: data.replace(b'"FPGA"', b'"' + b"F" * 40 + b'"'))
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706, 10705] and len(rig.sent("AT+QIOTREG?")) == 2


def test_an_empty_package_is_ended_by_a_report():
    rig = Rig([Plan([Component("MCU", "2_0_0", b"")]), plan("3_0_0")])
    ends_and_goes_on(rig, MINUTE)


@long
def test_a_device_without_plans_writes_its_version_once_per_request_to_be_sure():
    rig = Rig()
    rig.request_ms = 30 * MINUTE
    rig.run(lambda rig: False, 95 * MINUTE)
    assert len(rig.sent("AT+QIOTOTAREQ")) == 4
    assert len(rig.sent('AT+QIOTMCUVER="MCU",')) == 1 + 3


# --- the module lost the download


def test_p2_an_offer_of_the_download_on_record_is_confirmed_again():
    rig = Rig([plan("2_0_0", 20000), plan("2_0_0", 20000)])
    assert rig.run(lambda rig: rig.sent("AT+QIOTOTARD=9216,"), MINUTE)
    rig.module.ota.lose_plan()
    rig.cloud.give_up()
    began = rig.clock.now()
    rig.cloud.push()
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert rig.clock.now() - began < MINUTE and rig.boots[-1] == "2_0_0"
    assert len(rig.sent("AT+QIOTUPDATE=1")) == 2


def test_p2_while_a_block_is_waited_for():
    rig = Rig([plan("2_0_0", 20000), plan("2_0_0", 20000)])
    rig.cloud.storage.speed = 1000
    assert rig.run(lambda rig: rig.record.upgrade and rig.record.upgrade.open, MINUTE)
    rig.module.ota.lose_plan()
    rig.cloud.give_up()
    rig.cloud.storage.speed = 100000
    began = rig.clock.now()
    rig.cloud.push()
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert rig.clock.now() - began < MINUTE


# --- a reset between two components (P3)


def two_components():
    rig = Rig([Plan([component("2_0_0"), Component("DISPLAY", "d2", b"d2pixels" * 500)])])
    display = Display()
    rig.policy = {"targets": {"DISPLAY": display}}
    return rig, display


def test_p3_a_block_that_came_before_the_report_was_done_is_looked_for_after_it():
    rig = Rig([Plan([component("2_0_0"), component("d2", name="DISPLAY")])])
    display = Display()
    rig.policy = {"targets": {"DISPLAY": display}}
    display.install = lambda: setattr(display, "version", "d2")
    rig.look_ms = 1
    assert rig.run(lambda rig: rig.cloud.verdicts == [10705])
    assert rig.record.report  # it is still due
    off_while(rig, 10000)
    assert rig.module.state == DOWNLOADSUCCESS
    assert rig.run(Rig.settled, MINUTE)
    assert rig.cloud.verdicts == [10705, 10705] and display.version == "d2"


def test_p3_the_application_as_the_second_component_is_found_and_started():
    rig = Rig([Plan([Component("DISPLAY", "d2", b"d2pixels" * 500), component("2_0_0")])])
    rig.policy = {"targets": {"DISPLAY": Display()}}
    rig.look_ms = 1
    assert rig.run(lambda rig: rig.cloud.verdicts == [10705])
    assert rig.record.report
    off_while(rig, 10000)
    assert rig.run(Rig.settled, MINUTE)
    assert rig.cloud.verdicts == [10705, 10705] and rig.running == "2_0_0"


def test_p3_a_package_without_our_header_gets_its_target_from_the_record():
    rig, display = two_components()
    targets = []
    begin = display.begin
    display.begin = lambda upgrade: targets.append(upgrade.target) or begin(upgrade)
    rig.cloud.storage.latency_ms = 3000
    rig.look_ms = 1
    assert rig.run(lambda rig: rig.cloud.verdicts == [10705])
    off_while(rig, 500)
    assert rig.run(Rig.settled, MINUTE)
    assert rig.cloud.verdicts == [10705, 10705] and targets == ["d2"]
