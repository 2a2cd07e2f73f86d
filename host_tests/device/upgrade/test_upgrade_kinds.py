"""Whole upgrades on the bench with packages that are compressed, deltas or signed."""

from qsota.boot.record_data import GOOD
from qsota.update import package
from qsota_tools.center.plan import Component, Plan
from qsota_tools.package.delta.coding import step
from qsota_tools.proof.lab.edges import CONFIG
from qsota_tools.proof.lab.packages import image, make, plain, stored
from qsota_tools.proof.lab.rig import Rig
from streams import zeros
from testkeys import KEY, OTHER_KEY

BASE = image("1_0_0", 5000)
IMAGE = BASE[:2000] + b"2_0_0" * 100 + BASE[2500:] + b"\1" * 3000
STEPS = step(2000, b"2_0_0" * 100, True, 500) + step(2500, b"\1" * 3000, True)

PLAIN = make(package.PLAIN, IMAGE, IMAGE)
DEFLATE = make(package.DEFLATE, IMAGE, stored(IMAGE))
DELTA = make(package.DELTA, IMAGE, stored(STEPS), BASE)


def plan(data, version="2_0_0", source=""):
    return Plan([Component("MCU", version, data, source=source)])


def rig_for(*plans, **config):
    changed = dict(CONFIG)
    changed.update(config)
    return Rig(plans, config=changed)


def until_read(rig, count):
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTARD=")) >= count, 600000)


def test_every_kind_ends_with_10705():
    for data, source in ((PLAIN, ""), (DEFLATE, ""), (DELTA, "1_0_0")):
        rig = rig_for(plan(data, source=source))
        assert rig.run(Rig.settled)
        assert rig.cloud.verdicts == [10705] and rig.running == "2_0_0"
        assert rig.slot_image(1) == IMAGE


def test_a_large_image_from_a_small_package():
    image = bytes(1 + 258 * 150)
    data = make(package.DEFLATE, image, zeros(150))
    rig = rig_for(plan(data))
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTOTARD=384,630")) == 1
    assert rig.slot_image(1) == image


def test_a_delta_for_another_base_is_reported_at_once_and_a_full_package_helps():
    other = make(package.DELTA, IMAGE, stored(STEPS), BASE[:-1] + b"\0")
    full = make(package.PLAIN, IMAGE, IMAGE, version="2_0_1")
    rig = rig_for(plan(other, source="1_0_0"), plan(full, "2_0_1"))
    assert rig.run(lambda rig: rig.cloud.verdicts)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "wrong-base"
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706, 10705] and rig.slot_image(1) == IMAGE


def test_the_version_before_is_not_erased_for_a_delta_that_does_not_fit():
    other = make(package.DELTA, IMAGE, stored(STEPS), BASE[:-1] + b"\0", version="3_0_0")
    rig = rig_for(plan(PLAIN), plan(other, "3_0_0", source="2_0_0"))
    assert rig.run(lambda rig: len(rig.cloud.verdicts) == 2 and rig.settled())
    assert rig.cloud.verdicts == [10705, 10706] and rig.running == "2_0_0"
    assert rig.record.slots[0].state == GOOD and rig.slot_image(0) == BASE


def test_after_an_mcu_reset_a_compressed_download_starts_over():
    for data, source in ((DEFLATE, ""), (DELTA, "1_0_0")):
        rig = rig_for(plan(data, source=source))
        until_read(rig, 5)
        assert rig.run(Rig.settled)
        assert rig.cloud.verdicts == [10705] and rig.slot_image(1) == IMAGE
        assert len(rig.sent("AT+QIOTOTARD=0,384")) == 2


def test_a_board_with_a_key_installs_what_it_has_signed():
    rig = rig_for(plan(KEY.sign(DELTA), source="1_0_0"), keys=[KEY.modulus.hex()])
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.slot_image(1) == IMAGE


def test_a_board_with_a_key_refuses_everything_else_after_its_header():
    for data, reason in ((PLAIN, "unsigned"), (OTHER_KEY.sign(DEFLATE), "unknown-key")):
        rig = rig_for(plan(data), keys=[KEY.modulus.hex()])
        assert rig.run(Rig.settled)
        assert rig.cloud.verdicts == [10706] and rig.record.reason == reason
        assert rig.boots == ["1_0_0"] and rig.sent("AT+QIOTOTARD=1024,1024") == []


def test_a_module_that_never_knows_its_signal_is_no_reason_to_wait():
    rig = Rig([plan(plain("2_0_0"))], signal=99)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert rig.sent("AT+CSQ") == 3 * ["AT+CSQ"]


def test_a_plan_without_a_condition_on_the_signal_needs_none():
    rig = Rig([Plan([Component("MCU", "2_0_0", plain("2_0_0"), signal=0)])], signal=0)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert not rig.sent("AT+CSQ")
