"""Downloads in blocks, as from a module with little flash, and resets of the MCU within them."""

import asyncio

from cases import long, some
from qsota.update import package
from qsota_tools.center.plan import Component, Plan
from qsota_tools.package.delta.coding import step
from qsota_tools.proof.lab.packages import image, make, plain, stored
from qsota_tools.proof.lab.rig import Rig

OLD = image("1_0_0")
NEW = image("2_0_0", 9000)
DELTA = make(package.DELTA, NEW, stored(step(0, NEW, True), 1000), OLD)
DEFLATE = make(package.DEFLATE, NEW, stored(NEW, 1000))
PACKAGES = (plain("2_0_0", 9000), DEFLATE, DELTA)


def rig_for(data, **options):
    source = "1_0_0" if package.parse(data).kind == package.DELTA else ""
    return Rig([Plan([Component("MCU", "2_0_0", data, source=source)])], **options)


@long
def test_a_reset_at_any_read_costs_no_plan_whatever_the_blocks_and_the_kind():
    reads = [
        (data, size, read)
        for data in PACKAGES
        for size in (300, 500, 1000, 2500, 5000)  # the header takes 768 bytes
        for read in range(1 if size < package.HEADER_SIZE else 4, 24, 3)
    ]
    for data, size, read in some(reads, 7):
        rig = rig_for(data, flash_free=size)
        rig.run(lambda rig, n=read: len(rig.sent("AT+QIOTOTARD=")) >= n, 5000)
        assert rig.run(Rig.settled)
        assert rig.cloud.verdicts == [10705], (size, read)
        assert rig.slot_image(1) == NEW


@long
def test_a_reset_costs_no_plan_where_the_package_fills_its_slot():
    full = plain("2_0_0", 40960 - package.HEADER_SIZE)
    for read in some(range(6, 78, 6), 3):
        rig = rig_for(full, flash_free=9000)  # it ends in the last units of the slot, too
        rig.run(lambda rig, n=read: len(rig.sent("AT+QIOTOTARD=")) >= n, 60000)
        assert rig.run(Rig.settled)
        assert rig.cloud.verdicts == [10705], read


def test_many_resets_in_one_download_read_no_block_twice():
    rig = rig_for(PACKAGES[0], flash_free=2500)
    for count in range(13, 40, 4):
        rig.run(lambda rig, n=count: len(rig.sent("AT+QIOTOTARD=")) >= n, 60000)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert len(rig.sent("AT+QIOTUPDATE=2")) == 3
    assert len(rig.sent("AT+QIOTOTARD=0,384")) == 1


def test_a_damaged_byte_in_the_last_block_is_found_and_costs_no_wrong_image():
    rig = rig_for(PACKAGES[0], flash_free=5000)
    start = rig.board.config["areas"]["slot_b"][0]
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=2"), 60000)
    rig.flash.content[start + 2000] ^= 1
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706] and rig.running == "1_0_0"


def test_the_application_runs_while_a_delta_is_applied_and_hashed():
    size = 30000
    base = image("1_0_0", size)
    new = base[:2000] + b"2_0_0" * 100 + base[2500:]
    data = make(
        package.DELTA, new, stored(step(2000, b"2_0_0" * 100, True, 500) + step(size - 2500)), base
    )
    rig = rig_for(data, version=None)
    rig.install([plain("1_0_0", size), plain("0_9_0", size)])
    gaps = []

    async def app(rig, device):
        last = rig.clock.now()
        while True:
            await asyncio.sleep_ms(1)
            gaps.append(rig.clock.now() - last)
            last = rig.clock.now()

    rig.apps = {"1_0_0": app}
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert max(gaps) <= 60  # an erase of 45 ms, and a few pages
