"""No verdict, watchdogs of the application, and a trial that is confirmed or reverted."""

import asyncio

from components import Display
from ending_runs import HOUR, MINUTE
from qsota.boot.record_data import GOOD, REPORT_NEW, TRIAL
from qsota.update import package
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.states import DOWNLOADSUCCESS, NOPLAN
from qsota_tools.proof.lab.faults import once
from qsota_tools.proof.lab.packages import image, make, stored
from qsota_tools.proof.lab.rig import Rig
from words import component, plan

EARLY = (
    '+QIOTEVT: 7,10700,"MCU","","9_9_9",30,-113,5768',
    '+QIOTEVT: 7,10701,"MCU",1000,"0123456789abcdef0123456789abcdef",1',
    '+QIOTEVT: 7,10703,"MCU",1000,0,1000',
    "+QIOTEVT: 7,10706",
)

# --- between the confirmation and its report


def test_nothing_that_is_announced_before_the_report_closes_the_upgrade():
    for line in EARLY:
        rig = Rig([plan("2_0_0", 20000)])
        assert rig.run(lambda rig: rig.record.slots[1].state == TRIAL)

        def say(rig=rig, line=line):
            rig._to_mcu(b"\r\n" + line.encode() + b"\r\n")
            if not rig.cloud.verdicts:
                rig.clock.after(300, say)

        say()
        assert rig.run(Rig.settled, 5 * MINUTE), line
        assert rig.cloud.verdicts == [10705] and rig.running == "2_0_0", line


# --- after "no verdict"


def test_a_download_of_what_was_just_installed_is_answered_by_its_version():
    rig = Rig([plan("2_0_0", 20000)])
    assert rig.run(lambda rig: rig.record.report == REPORT_NEW)
    # The module restarts and forgets that it was updating.
    rig.module.ota.state = DOWNLOADSUCCESS
    rig.module.reboot()
    reads = len(rig.sent("AT+QIOTOTARD="))
    assert rig.run(Rig.settled, 5 * MINUTE)
    assert rig.cloud.verdicts == [10705]
    again = [line for line in rig.sent("AT+QIOTOTARD=")[reads:] if not line.endswith(",1")]
    assert again == [] and rig.boots.count("2_0_0") == 2


def test_a_download_that_begins_again_after_no_verdict_is_answered_by_the_version():
    rig = Rig([plan("2_0_0", 20000)])
    firmware = rig.cloud.plan.components[0].firmware
    steps = []

    def look(rig):
        if not steps and rig.record.report == REPORT_NEW:
            steps.append(rig.module.ota.state)
            rig.module.ota._enter(NOPLAN)  # it forgets without a word
            rig.module.ota._announced = False
        elif len(steps) == 1 and rig.running == "2_0_0" and not rig.record.report:
            steps.append(len(rig.sent("AT+QIOTOTARD=")))
            rig.module.ota.firmware(firmware)
        return len(steps) == 2 and rig.settled()

    assert rig.run(look, 5 * MINUTE)
    reads = rig.sent("AT+QIOTOTARD=")[steps[1] :]
    assert rig.cloud.verdicts == [10705] and not [line for line in reads if "0,1" not in line]
    assert rig.boots == ["1_0_0", "2_0_0"]


def test_an_installation_without_memory_is_tried_once_more():
    display, left = Display(), [1]
    install = display.install

    def starved():
        if left:
            left.pop()
            raise MemoryError
        install()

    display.install = starved
    rig = Rig([Plan([Component("DISPLAY", "d2", b"d2pixels" * 500)])])
    rig.policy = {"targets": {"DISPLAY": display}}
    assert rig.run(Rig.settled, 5 * MINUTE) and not left


# --- the application's own watchdog


def test_the_feed_of_the_application_does_not_replace_that_of_a_trial():
    fed = []
    rig = Rig([plan("2_0_0"), plan("3_0_0", 30000)])
    rig.erase_ms = 1500  # eight seconds without a feed reset the MCU
    rig.policy = {"feed": lambda: fed.append(1)}
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705, 10705] and rig.boots == ["1_0_0", "2_0_0", "3_0_0"]
    assert len(fed) > 20


# --- a module whose RESET is wired


def wired(rig):
    """RESET_N behind a transistor: high resets."""
    rig.board.config = dict(rig.board.config, module_pins={"reset": 5})

    def line(level):
        if level:
            rig.module.reboot()

    rig.board.pin = lambda name, value=None: line if name.endswith("reset") else None


def test_what_the_module_no_longer_has_is_had_again_by_a_reset_of_the_module():
    data = image("2_0_0", 20000)
    rig = Rig(
        [Plan([Component("MCU", "2_0_0", make(package.DEFLATE, data, stored(data)))])],
        flash_free=3000,
    )
    wired(rig)
    assert rig.run(lambda rig: rig.sent("AT+QIOTOTARD=6000,"), MINUTE)
    assert rig.run(Rig.settled, 5 * MINUTE)
    assert rig.cloud.verdicts == [10705] and rig.running == "2_0_0"


# --- confirm() and revert()


def failing_flash(rig, times):
    """Stores of the boot record fail so many times."""
    left = [times]
    start, size = rig.board.config["areas"]["state"]

    def refuse(kind, at, length):
        if left[0] and start <= at < start + size:
            left[0] -= 1
            raise OSError(5)
        rig._flash_op(kind, at, length)

    rig.flash.on_op = refuse


def on_trial(app):
    rig = Rig([plan("2_0_0")])
    rig.apps["2_0_0"] = app
    return rig


def answer_to_one_confirmation(refusals):
    """What confirm() says where flash refuses so many records; the version is reported in any
    case."""

    async def app(rig, device):
        failing_flash(rig, refusals)
        rig.answer = device.confirm()
        await asyncio.sleep_ms(10**9)

    rig = on_trial(app)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    return rig.answer


def test_a_confirmation_that_flash_refuses_once_is_made_again():
    assert answer_to_one_confirmation(1) is True


def test_a_confirmation_that_flash_refuses_says_so_and_the_trial_goes_on():
    async def app(rig, device):
        failing_flash(rig, 3)
        rig.answers = [device.confirm(), device.trial, rig.record.slots[1].state == TRIAL]
        rig.answers += [device.confirm(), device.trial, rig.record.slots[1].state == GOOD]
        await asyncio.sleep_ms(10**9)

    rig = on_trial(app)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert rig.answers == [False, True, True, True, False, True]


def test_an_application_that_does_not_ask_again_is_confirmed_when_the_platform_is_reached():
    assert answer_to_one_confirmation(3) is False


def test_a_revert_that_flash_refuses_still_ends_the_trial():
    async def app(rig, device):
        await asyncio.sleep_ms(500)
        failing_flash(rig, 1)
        device.revert()

    rig = on_trial(app)
    assert rig.run(Rig.settled, HOUR)
    assert rig.boots.count("2_0_0") == 3 and rig.cloud.verdicts == [10706]
    assert rig.running == "1_0_0"


def test_a_revert_takes_a_reason_of_any_length():
    async def app(rig, device):
        await asyncio.sleep_ms(500)
        device.revert("self-test: sensor 3 does not answer")

    rig = on_trial(app)
    assert rig.run(Rig.settled) and rig.boots == ["1_0_0", "2_0_0", "1_0_0"]
    assert rig.record.reason == "self-test: sensor 3 does not ans"
    assert rig.cloud.verdicts == [10706]


def test_a_missing_component_of_an_earlier_program_does_not_keep_plans_away():
    rig = Rig([Plan([component("d2", 20000, name="DISPLAY")]), plan("3_0_0")])
    rig.policy = {"targets": {"DISPLAY": Display()}}
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTARD=")) > 5, MINUTE)
    rig.policy = {}
    assert rig.run(Rig.settled, 30 * MINUTE)
    assert rig.cloud.verdicts == [10706, 10705] and rig.running == "3_0_0"


def test_a_request_that_is_answered_after_seconds_is_made_once():
    """It is paid for: the session waits instead of failing, and asking again."""
    rig = Rig([plan("2_0_0")], slow="+QIOTOTAREQ", slow_ms=4000)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert len(rig.sent("AT+QIOTOTAREQ")) <= 2 and rig.clock.now() < 60000


def test_a_report_to_a_module_that_restarts_before_its_verdict_is_made_again():
    rig = Rig([plan("2_0_0")])
    once(rig.uart.rx, b"10705", lambda data: rig.module.reboot() or b"")
    assert rig.run(lambda rig: rig.running == "2_0_0" and Rig.settled(rig))
    assert rig.cloud.verdicts == [10705]
    assert len(rig.sent('AT+QIOTMCUVER="MCU","2_0_0"')) == 2
