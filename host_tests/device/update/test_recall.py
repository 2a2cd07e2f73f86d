"""Back to the image that the spare slot still holds, without a download of it."""

from cases import long
from qsota.boot.record import RecordLog
from qsota.boot.record_data import BAD, GOOD
from qsota.update.package import ALLOW_DOWNGRADE, HEADER_SIZE
from qsota_tools.center.cloud import FAILURE, SUCCESS
from qsota_tools.center.plan import Component, Plan
from qsota_tools.proof.lab.apps import crashing_app
from qsota_tools.proof.lab.edges import Reset
from qsota_tools.proof.lab.packages import image, plain, recall
from qsota_tools.proof.lab.rig import Rig
from words import plan


def back(version, size=5000, **changed):
    return Plan([Component("MCU", version, recall(version, size, **changed))])


def rig(*plans, spare="1_0_0", **options):
    """It runs 2_0_0, and its spare slot holds another version, or nothing."""
    made = Rig(plans, version=None, **options)
    made.install([plain("2_0_0"), spare and plain(spare)])
    return made


def settled(made):
    assert made.run(Rig.settled), "the upgrade never ended"
    return made


def erased_slots(made):
    return sum(made.flash.erases[4:])


def test_the_image_before_runs_again_with_trial_confirmation_and_report():
    made = settled(rig(back("1_0_0")))
    assert made.boots == ["2_0_0", "1_0_0"] and made.running == "1_0_0"
    assert made.cloud.results == [SUCCESS] and made.cloud.versions["MCU"] == "1_0_0"
    assert [slot.state for slot in made.record.slots] == [GOOD, GOOD]
    assert made.runs_whole(image("1_0_0"))


def test_it_is_a_header_and_neither_slot_is_written():
    made = rig(back("1_0_0"))
    assert len(made.cloud.plan.components[0].data) == HEADER_SIZE < 1000
    assert erased_slots(settled(made)) == 0


def test_of_a_header_in_several_blocks_nothing_but_copies_behind_the_images_is_written():
    made = settled(rig(back("1_0_0"), flash_free=300))
    assert made.running == "1_0_0" and made.boots == ["2_0_0", "1_0_0"]
    assert made.runs_whole(image("1_0_0"))
    start, size = made.board.config["areas"]["slot_b"]
    last = (start + size) // 4096
    assert erased_slots(made) == sum(made.flash.erases[last - 2 : last]) == 2


@long
def test_a_reset_between_the_blocks_of_a_header_costs_no_recall():
    for read in range(1, 12):
        made = rig(back("1_0_0"), flash_free=300)
        made.run(lambda rig, n=read: len(rig.sent("AT+QIOTOTARD=")) >= n, 20000)
        assert settled(made).cloud.results == [SUCCESS], read
        assert made.runs_whole(image("1_0_0"))


def test_there_and_back_again():
    made = settled(rig(back("1_0_0"), back("2_0_0")))
    assert made.boots == ["2_0_0", "1_0_0", "2_0_0"]
    assert made.cloud.results == [SUCCESS, SUCCESS]


def refused(made, reason):
    settled(made)
    assert made.cloud.results == [FAILURE] and made.record.reason == reason
    assert made.running == made.cloud.versions["MCU"] == "2_0_0"
    assert set(made.boots) == {"2_0_0"}
    return made


def test_a_spare_slot_with_something_else_is_a_refusal():
    refused(rig(back("1_0_0"), spare="1_5_0"), "not-in-slot")
    refused(rig(back("1_0_0"), spare=None), "not-in-slot")


def test_the_same_version_of_another_image_is_something_else():
    refused(rig(back("1_0_0", size=4999)), "not-in-slot")
    refused(rig(back("1_0_0", image_sha256=bytes(31) + b"1")), "not-in-slot")


def test_a_refusal_leaves_the_way_back_as_it_is():
    made = refused(rig(back("1_0_0", size=4999)), "not-in-slot")
    assert made.slot_image(1) == image("1_0_0")
    assert made.record.slots[1].state == GOOD and erased_slots(made) == 0


def test_an_image_that_has_gone_bad_in_flash_is_a_refusal():
    made = rig(back("1_0_0"))
    made.flash.content[57344 + HEADER_SIZE + 1000] ^= 1
    refused(made, "wrong-image")


def test_an_image_that_failed_its_trial_is_not_run_again():
    made = rig(back("1_0_0"))
    record = made.record
    record.slots[1].state = BAD
    RecordLog(made.board.area("state")).store(record)
    refused(made, "not-in-slot")


def test_the_security_floor_holds_unless_the_header_allows_it():
    def with_floor(*plans):
        made = rig(*plans)
        record = made.record
        record.floor = 3
        RecordLog(made.board.area("state")).store(record)
        return made

    refused(with_floor(back("1_0_0", counter=2)), "downgrade")
    made = settled(with_floor(back("1_0_0", counter=2, flags=ALLOW_DOWNGRADE)))
    assert made.running == "1_0_0" and made.record.floor == 3


def test_an_old_image_that_does_not_work_any_more_is_reverted():
    made = rig(back("1_0_0"))
    made.apps["1_0_0"] = crashing_app
    settled(made)
    assert made.boots == ["2_0_0"] + 3 * ["1_0_0"] + ["2_0_0"]
    assert made.cloud.results == [FAILURE] and made.cloud.versions["MCU"] == "2_0_0"


def test_after_it_any_upgrade_goes_on_as_ever():
    made = settled(rig(back("1_0_0"), plan("3_0_0")))
    assert made.boots == ["2_0_0", "1_0_0", "3_0_0"]
    assert made.cloud.results == [SUCCESS, SUCCESS]


def test_a_recall_is_not_read_into_another_slot_after_a_reset():
    made = rig(back("1_0_0"))
    made.policy = {"on_progress": lambda snapshot: resets(made, snapshot)}
    settled(made)
    assert made.boots == ["2_0_0", "2_0_0", "1_0_0"]
    assert made.cloud.results == [SUCCESS] and erased_slots(made) == 0


def resets(made, snapshot):
    if snapshot.position >= HEADER_SIZE and made.boots == ["2_0_0"]:
        raise Reset()
