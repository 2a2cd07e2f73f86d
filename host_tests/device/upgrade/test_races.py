"""A whole upgrade where timers, connections and tasks of Quectel's own code cross (protocol.md 9).

The silent state (D2, D9) has a file of its own, test_silent.py.
"""

from cases import long
from qsota_tools.module.download import LATE, RANGELESS, STALL, UNNOTICED
from qsota_tools.proof.lab.packages import image
from qsota_tools.proof.lab.rig import Rig
from words import plan

MINUTE = 60000
SIZE = 9000
BLOCK = 4096


def raced(*faults, limit_ms=5 * MINUTE, **options):
    """A rig whose first plan is over, with these faults of its downloads, and one more to come."""
    rig = Rig([plan("2_0_0", SIZE), plan("3_0_0", SIZE)], **options)
    rig.cloud.storage.faults = list(faults)
    assert rig.run(lambda rig: rig.cloud.verdicts, limit_ms), "no verdict"
    return rig


def takes_the_next_plan(rig):
    rig.cloud.storage.faults.clear()
    assert rig.run(Rig.settled, 15 * MINUTE)
    return rig.running == "3_0_0" and rig.runs_whole(image("3_0_0", SIZE))


def codes(rig, number):
    return [urc for _, urc in rig.urcs if "7,%d" % number in urc]


def test_d1_downloads_that_stall_are_waited_for_and_the_next_one_is_read():
    rig = raced(STALL, STALL)
    assert rig.cloud.verdicts == [10705] and rig.clock.now() < MINUTE
    assert len(codes(rig, 10703)) == 1 and takes_the_next_plan(rig)


def test_d1_the_sixth_stall_ends_the_plan_and_nothing_else():
    rig = raced(*[STALL] * 6)
    assert rig.cloud.verdicts == [10706] and rig.running == "1_0_0"
    assert takes_the_next_plan(rig)


@long
def test_d3_of_two_downloads_at_once_the_right_image_comes_or_none():
    """The late body may overwrite the retry's, whatever has been read of it by then."""
    outcomes = set()
    for late_ms in (5550, 5600, 5800, 6500):
        for speed in (1000, 4000, 100000):
            rig = Rig([plan("2_0_0", SIZE), plan("3_0_0", SIZE)], flash_free=BLOCK)
            storage = rig.cloud.storage
            storage.faults, storage.late_ms, storage.speed = [LATE], late_ms, speed
            assert rig.run(lambda rig: rig.cloud.verdicts, 10 * MINUTE), "no verdict"
            outcomes.update(rig.cloud.verdicts)
            if rig.cloud.verdicts == [10705]:
                assert rig.runs_whole(image("2_0_0", SIZE))
            storage.speed = 100000
            assert takes_the_next_plan(rig)
    assert outcomes == {10705, 10706}


def test_d4_a_request_without_its_range_is_a_failure_of_that_plan_only():
    for faults in ([RANGELESS], [None, RANGELESS]):
        rig = raced(*faults, flash_free=BLOCK)
        assert rig.cloud.verdicts == [10706] and rig.record.reason == "empty-block"
        assert takes_the_next_plan(rig)


def test_d5_a_module_without_free_flash_gets_no_second_read_and_every_plan_a_verdict():
    rig = raced(flash_free=0)
    assert rig.cloud.verdicts == [10706] and len(rig.sent("AT+QIOTOTARD=")) < 8
    rig.module.options.flash_free = BLOCK
    assert takes_the_next_plan(rig)


def test_d11_every_event_may_come_before_the_ok_of_the_command_that_caused_it():
    rig = raced(events_first=1, flash_free=BLOCK)
    assert rig.cloud.verdicts == [10705] and rig.boots == ["1_0_0", "2_0_0"]
    assert takes_the_next_plan(rig)


def test_d14_a_connection_that_the_module_does_not_notice_costs_three_seconds():
    rig = raced(UNNOTICED)
    assert rig.cloud.verdicts == [10705] and rig.clock.now() < MINUTE
    assert takes_the_next_plan(rig)


def test_d14_in_a_later_block_the_module_begins_again_and_what_is_here_is_not_read_twice():
    rig = raced(None, UNNOTICED, flash_free=BLOCK)
    assert rig.cloud.verdicts == [10705]
    starts = [urc.split(",")[4] for urc in codes(rig, 10703)]
    assert starts[:3] == ["0", "0", str(BLOCK)]
    chunks = [line for line in rig.sent("AT+QIOTOTARD=") if not line.endswith(",1")]
    assert len(chunks) == len(set(chunks))


def test_d14_the_sixth_time_ends_the_plan_and_nothing_else():
    rig = raced(*[UNNOTICED] * 6)
    assert rig.cloud.verdicts == [10706] and takes_the_next_plan(rig)
