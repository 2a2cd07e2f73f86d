"""A sample of the power-cut campaign that runs on both interpreters (see docs/reliability.md)."""

from hashlib import sha256

from cases import long, some
from qsota.boot.record_data import EMPTY
from qsota_tools.proof.lab.powered import Cut
from qsota_tools.proof.lab.tears import cuts
from qsota_tools.proof.power.chips import MODELS
from qsota_tools.proof.power.device import Bench
from qsota_tools.proof.power.oracle import finish, gave_up, next_upgrade
from qsota_tools.proof.power.scenarios import SCENARIOS

SEED = 1
CUTS = 2


def survive(scenario, model, numbers):
    """Cut the power CUTS times where the numbers say, and see the device through; its bench."""
    bench = Bench(SCENARIOS[scenario], MODELS[model], SEED)
    due = [next(numbers) % 14]
    came = []

    def watch(bench, kind, at, length):
        if bench.ops == due[0] and len(came) < CUTS:
            names = cuts(kind, length, bench.flash)
            bench.cuts = [Cut(bench.ops, names[next(numbers) % len(names)])]
            came.append(str(bench.cuts[0]))
            due[0] = next(numbers) % 14

    bench.watch = watch
    fault = finish(bench) or next_upgrade(bench)
    assert fault is None, "%s %s %s: %s" % (scenario, model, ",".join(came), fault)
    return bench, came


def numbers(text):
    """Random bytes, the same on every interpreter."""
    n = 0
    while True:
        for byte in sha256(b"%d %d " % (SEED, n) + text.encode()).digest():
            yield byte
        n += 1


def sample(scenario, model, count):
    came = []
    runs = some(range(count), 2)
    for n in runs:
        came += survive(scenario, model, numbers("%s %s %d" % (scenario, model, n)))[1]
    assert len(set(came)) > len(runs), "the cuts are no sample"


def test_an_upgrade_survives():
    sample("upgrade", "rp2", 6)


@long
def test_an_upgrade_from_b_to_a_survives():
    sample("again", "ecc16", 6)


@long
def test_a_revert_survives():
    sample("revert", "spinor", 6)


@long
def test_recovery_survives():
    sample("recovery", "rp2", 6)


@long
def test_a_download_in_blocks_survives():
    sample("blocks", "rp2", 6)


@long
def test_a_resumed_download_survives():
    sample("resume", "rp2", 6)


def test_a_power_supply_shared_with_the_module_is_survived():
    sample("supply", "rp2", 4)


@long
def test_cuts_that_once_did_harm_are_survived():
    for scenario, model, index, how in (
        ("again", "rp2", 12, "touched.first"),  # a record programmed where it read blank
        ("again", "rp2", 11, "returning.last"),  # loader and application saw two records
        ("upgrade", "ecc16", 8, "dead.last"),  # the same package was never taken again
        ("upgrade", "ecc16", 1, "dead.first"),  # no slot, since one record could not be read
        ("upgrade", "rp2", 4, "returning.last"),  # a lost download hid the next offer
    ):
        bench = Bench(SCENARIOS[scenario], MODELS[model], SEED)
        bench.cuts = [Cut(index, how)]
        fault = finish(bench)
        assert not bench.cuts, "the cut did not come"
        assert fault is None and next_upgrade(bench) is None, how


def test_a_module_that_gave_up_while_the_power_was_off_leaves_no_wrong_version():
    bench = Bench(SCENARIOS["upgrade"], MODELS["rp2"], SEED)
    bench.cuts = [Cut(14, "before", 1300000)]
    assert finish(bench) is None
    assert bench.running == "2_0_0" and bench.cloud.verdicts == [10706]
    assert bench.cloud.versions["MCU"] == "2_0_0"


def test_cuts_before_the_first_and_before_the_last_record_of_an_upgrade_lose_nothing():
    bench = Bench(SCENARIOS["upgrade"], MODELS["rp2"], SEED)
    bench.cuts = [Cut(3, "before"), Cut(12, "before")]
    assert finish(bench) is None and not bench.cuts
    assert bench.cloud.verdicts == [10705] and bench.boots == ["1_0_0"] * 3 + ["2_0_0"]


@long
def test_without_a_cut_nothing_is_given_up():
    for name, scenario in SCENARIOS.items():
        bench = Bench(scenario, MODELS["rp2"], SEED)
        assert finish(bench) is None, name
        assert not gave_up(bench) and bench.gap < 1000, name


@long
def test_a_cached_internal_flash_loses_every_record_at_the_reset():
    bench = Bench(SCENARIOS["upgrade"], MODELS["stm32-lazy"], SEED)
    bench.live(lambda bench: len(bench.boots) > 20)
    assert set(bench.boots) == {"1_0_0"} and bench.record.slots[1].state == EMPTY
