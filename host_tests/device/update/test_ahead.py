"""The next chunk is on its way while the last one goes to flash, where no byte is lost by that."""

import asyncio

from qsota import log
from qsota.errors import AtError
from qsota.update.chunks import Chunks
from qsota_tools.center.plan import Component, Plan
from qsota_tools.proof.lab import rig as lab
from qsota_tools.proof.lab.packages import plain
from util import run


class Link:
    restarted = False


class Quec:
    """Bytes that tell their offset; one read in `bad` is refused, a command takes `ms`."""

    def __init__(self, bad=(), ms=50):
        self.asked, self.ended = [], []
        self._bad = list(bad)
        self._ms = ms

    async def read_limit(self):
        return 1024

    async def read(self, at, buf, length, payload=None):
        self.asked.append((at, length))
        await asyncio.sleep_ms(self._ms)
        self.ended.append(at)
        if at in self._bad:
            self._bad.remove(at)
            raise AtError("error")
        buf[:length] = bytes([at // 1024]) * length
        return length


def chunks_of(quec, ahead=True):
    log.sink = None
    return Chunks(quec, Link(), 1024, ahead=ahead)


def test_the_next_chunk_is_asked_for_before_the_last_one_is_done_with_and_leaves_it_alone():
    async def main():
        quec = Quec()
        chunks = chunks_of(quec)
        await chunks.begin(1, 1024)
        first = await chunks.read(1024, 9000)
        await chunks.ahead(2048, 9000)
        asked = quec.asked[:]
        await asyncio.sleep_ms(100)  # it has come by now
        kept = bytes(first)
        second = bytes(await chunks.read(2048, 9000))
        return asked, kept, second, quec.asked

    asked, kept, second, all_asked = run(main())
    assert asked == all_asked == [(1024, 1024), (2048, 1024)]
    assert (kept, second) == (b"\1" * 1024, b"\2" * 1024)


def test_where_bytes_may_be_lost_meanwhile_nothing_is_asked_for_ahead():
    async def main():
        quec = Quec()
        chunks = chunks_of(quec, ahead=False)
        await chunks.begin(1, 1024)
        await chunks.read(1024, 9000)
        await chunks.ahead(2048, 9000)
        return quec.asked

    assert run(main()) == [(1024, 1024)]


def test_nothing_is_asked_for_beyond_the_end_of_the_block():
    async def main():
        quec = Quec()
        chunks = chunks_of(quec)
        await chunks.begin(1, 1024)
        await chunks.read(1024, 2500)
        await chunks.ahead(2048, 2500)
        last = len(await chunks.read(2048, 2500))
        await chunks.ahead(2500, 2500)
        return quec.asked, last

    assert run(main()) == ([(1024, 1024), (2048, 452)], 452)


def test_a_read_ahead_that_failed_is_done_again():
    async def main():
        quec = Quec(bad=[2048])
        chunks = chunks_of(quec)
        await chunks.begin(1, 1024)
        await chunks.ahead(2048, 9000)
        return bytes(await chunks.read(2048, 9000)), quec.asked

    assert run(main()) == (b"\2" * 1024, [(2048, 1024)] * 2)


def test_what_was_read_ahead_from_elsewhere_is_of_no_use():
    async def main():
        quec = Quec()
        chunks = chunks_of(quec)
        await chunks.begin(1, 1024)
        await chunks.ahead(2048, 9000)
        data = bytes(await chunks.read(4096, 9000))
        await asyncio.sleep_ms(200)
        return data, quec.asked, quec.ended

    data, asked, ended = run(main())
    assert data == b"\4" * 1024 and asked == [(2048, 1024), (4096, 1024)]
    assert ended == [4096]  # the other one is not waited for


def test_another_package_begins_without_what_was_asked_for_the_last_one():
    async def main():
        quec = Quec()
        chunks = chunks_of(quec)
        await chunks.begin(1, 1024)
        await chunks.ahead(2048, 9000)
        await chunks.begin(1, 2048)
        await chunks.read(2048, 9000)
        return quec.asked, quec.ended

    assert run(main()) == ([(2048, 1024)] * 2, [2048])


# --- a whole upgrade


def bench(receive, **options):
    config = dict(lab.CONFIG)
    config["uart"] = dict(config["uart"], receive=receive)
    plans = [Plan([Component("MCU", "2_0_0", plain("2_0_0", 20000))])]
    rig = lab.Rig(plans, config=config, **options)
    if receive != "pull":
        rig.uart.blind = lambda us: None
    return rig


def reads(rig):
    """The reads of whole chunks, and the ms from the first one to the last one."""
    found = [(ms, text) for ms, text in rig.commands if text.endswith(",1024")]
    return [text for _, text in found], found[-1][0] - found[0][0]


def test_with_a_ring_an_upgrade_takes_the_same_reads_and_less_time():
    pull, ring = bench("pull"), bench("dma")
    for rig in (pull, ring):
        assert rig.run(lab.Rig.settled)
        assert rig.cloud.verdicts == [10705] and rig.running == "2_0_0"
    (slow_reads, slow_ms), (fast_reads, fast_ms) = reads(pull), reads(ring)
    assert fast_reads == slow_reads and fast_ms < slow_ms


def test_a_module_that_restarts_meanwhile_is_read_from_again():
    rig = bench("rts")
    assert rig.run(lambda rig: rig.updater.status.position > 8000)
    rig.module.reboot()
    assert rig.run(lab.Rig.settled) and rig.cloud.verdicts == [10705]
