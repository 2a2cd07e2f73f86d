"""Turns that a download can take: what the module or the cloud says in its middle."""

from qsota.session.policy import ACCEPT, LATER
from qsota_tools.module.download import STALL
from qsota_tools.module.states import DOWNLOADSUCCESS
from qsota_tools.proof.lab.faults import change_urc, lose_urc
from qsota_tools.proof.lab.rig import Rig
from words import plan

OTHER_OFFER = '7,10700,"MCU","","2_0_1",30,-113,5000'


def say(rig, text):
    """The module says an event of its own."""
    rig.uart.receive(b"\r\n+QIOTEVT: %s\r\n" % text.encode())


def reading(rig):
    return len(rig.sent("AT+QIOTOTARD=")) >= 5


def run_with(rig, when, act, until=Rig.settled):
    """Run until until(rig); act(rig) is called once, as soon as when(rig) is true."""
    acted = []

    def look(rig):
        if not acted and when(rig):
            acted.append(1)
            act(rig)
        return acted and until(rig)

    assert rig.run(look)


def test_a_block_that_the_module_drops_is_left_at_once():
    rig = Rig([plan("2_0_0", 20000)])
    reads = []

    def drop(rig):
        say(rig, "7,10702")
        rig.clock.after(5000, lambda: reads.extend(rig.sent("AT+QIOTOTARD=")))

    run_with(rig, reading, drop)
    assert len(reads) < 8  # it waits for the next 10703, and looks for itself when none comes
    assert rig.cloud.verdicts == [10705] and rig.sent("AT+QIOTOTARD=0,384") != []


def test_a_module_that_restarts_while_a_block_is_waited_for_is_connected_again():
    rig = Rig([plan("2_0_0", 20000)])
    rig.cloud.storage.faults = [STALL]
    run_with(rig, lambda rig: rig.clock.now() > 8000, lambda rig: rig.module.reboot())
    assert rig.cloud.verdicts == [10705] and rig.boots == ["1_0_0", "2_0_0"]
    assert len(rig.sent("AT+QIOTREG=1")) == 2 and rig.clock.now() < 20000


def test_a_module_that_restarts_in_mid_block_is_connected_again():
    rig = Rig([plan("2_0_0", 20000)])
    run_with(rig, reading, lambda rig: rig.module.reboot())
    assert rig.cloud.verdicts == [10705] and rig.boots == ["1_0_0", "2_0_0"]


def test_t13_a_block_of_an_unknown_component_does_not_end_the_download():
    rig = Rig([plan("2_0_0", 20000)])
    far = lambda rig: rig.sent("AT+QIOTOTARD=9216,")  # noqa: E731
    run_with(rig, far, lambda rig: say(rig, '7,10703,"OTHER",5000,0,5000'))
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTOTARD=0,384")) == 1


def test_a_module_that_restarts_while_nothing_is_open_is_connected_again():
    rig = Rig()
    asked = lambda rig: len(rig.sent("AT+QIOTOTAREQ")) == 2  # noqa: E731
    run_with(rig, lambda rig: rig.sent("AT+QIOTOTAREQ"), lambda rig: rig.module.reboot(), asked)
    assert len(rig.sent("AT+QIOTREG=1")) == 2 and len(rig.boots) == 1


def test_a_platform_that_was_lost_is_waited_for_before_a_block_is_looked_for():
    rig = Rig([plan("2_0_0", 20000)])
    lose_urc(rig, "7,10703")
    run_with(
        rig,
        lambda rig: rig.module.state == DOWNLOADSUCCESS,
        lambda rig: rig.module.link.drop(back_ms=30000),
    )
    assert rig.cloud.verdicts == [10705]


def test_t16_a_module_that_goes_on_reading_refuses_the_second_confirmation_and_nothing_is_lost():
    rig = Rig([plan("2_0_0", 20000)])
    offer = []

    def offer_again(rig):
        offer.extend(line for _, line in rig.urcs if "10700" in line)
        say(rig, offer[0].split("+QIOTEVT: ")[1].strip())

    run_with(rig, lambda rig: rig.sent("AT+QIOTOTARD=9216,"), offer_again)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTUPDATE=1")) == 4
    assert len(rig.sent("AT+QIOTOTARD=0,384")) == 1


def test_a_block_that_begins_too_late_is_not_taken_for_the_first_one():
    rig = Rig([plan("2_0_0")])
    change_urc(rig, b",0,5768", b",512,5256")
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.sent("AT+QIOTOTARD=0,384") != []


def test_another_file_that_is_announced_in_mid_download_is_not_mixed_with_the_first():
    rig = Rig([plan("2_0_0", 20000)])
    start = '7,10701,"MCU",999,"%s",1' % ("0" * 32)
    run_with(rig, reading, lambda rig: say(rig, start))
    assert rig.cloud.verdicts == [10706] and rig.running == "1_0_0"


# The MCU restarts in a later block


def restarted_at(read, size=20000, **options):
    """A rig whose MCU restarted when it asked for those bytes."""
    rig = Rig([plan("2_0_0", size)], **options)
    assert rig.run(lambda rig: rig.sent("AT+QIOTOTARD=" + read), 60000)
    return rig


def test_what_is_in_flash_may_reach_into_the_block():
    rig = restarted_at("7168,", flash_free=4096)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]


def test_what_the_module_no_longer_has_is_in_flash():
    rig = restarted_at("6000,144", flash_free=3000)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert len(rig.sent("AT+QIOTOTARD=0,384")) == 1


def test_what_nobody_has_any_more_ends_the_download_at_once():
    rig = restarted_at("6000,144", flash_free=3000)
    start = rig.board.config["areas"]["slot_b"][0]
    rig.flash.content[start : start + 4096] = bytes(4096)
    began = rig.clock.now()
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "block-gap"
    assert rig.clock.now() - began < 6000


# An offer in mid-download that the application does not want


def undecided():
    """A rig whose user takes 2_0_0 and puts off everything else."""
    rig = Rig([plan("2_0_0", 20000)])
    rig.policy = {"consent": lambda plan: ACCEPT if plan.target == "2_0_0" else LATER}
    return rig


def test_a_download_that_was_left_for_such_an_offer_is_closed_with_the_modules_timer():
    rig = undecided()
    run_with(rig, reading, lambda rig: say(rig, OTHER_OFFER))
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "ended-by-module"


def test_a_download_that_was_left_for_such_an_offer_goes_on_when_the_module_does():
    for code in ("10701", "10703"):
        rig = undecided()

        def interrupt(rig, code=code):
            event = [line for _, line in rig.urcs if code in line][-1]
            say(rig, OTHER_OFFER)
            rig.clock.after(10000, say, rig, event.split("+QIOTEVT: ")[1].strip())

        run_with(rig, reading, interrupt)
        assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTUPDATE=1")) == 1
