"""One run with given cuts: what a failure's command line does, and the check of the method."""

import random

from qsota_tools.common.errors import UserError
from qsota_tools.proof.lab.powered import OFF_MS, Cut
from qsota_tools.proof.power.chips import MODELS
from qsota_tools.proof.power.device import Bench
from qsota_tools.proof.power.oracle import finish, next_upgrade
from qsota_tools.proof.power.scenarios import SCENARIOS
from qsota_tools.proof.power.snapshot import Snapshot, key


def parse(text: str) -> Bench:
    """The bench of "scenario=... model=... cuts=12:half,3:before:5000 seed=1"."""
    try:
        words = dict(word.split("=", 1) for word in text.split())
        scenario, model = SCENARIOS[words.pop("scenario")], MODELS[words.pop("model")]
        bench = Bench(scenario, model, int(words.pop("seed", "1")))
        bench.cuts = [_cut(token) for token in words.pop("cuts", "").split(",") if token]
    except (KeyError, ValueError) as error:
        raise UserError(f"cannot replay this: {error}") from error
    if words:
        raise UserError(f"cannot replay this: {', '.join(words)}")
    return bench


def _cut(token: str) -> Cut:
    index, how, *off = token.split(":")
    return Cut(int(index), how, int(*off or [OFF_MS]))


def replay(text: str) -> int:
    """Tell what happens in that run; 1 if the device does not survive it."""
    bench = parse(text)
    bench.module.on_trace = lambda direction, line: _tell(bench, f"{direction} {line}")
    bench.watch = lambda bench, kind, at, length: _tell(
        bench, f"flash {bench.ops}: {kind} {length} bytes at {at}"
    )
    bench.on_power = lambda bench: _tell(bench, "power is back")
    fault = finish(bench)
    if bench.cuts:
        print(f"these cuts never came: {', '.join(map(str, bench.cuts))}")
    fault = fault or next_upgrade(bench)
    print(f"verdicts {bench.cloud.verdicts}, boots {' '.join(bench.boots[-20:])}")
    print(f"FAILED: {fault}" if fault else "survived")
    return 1 if fault else 0


def _tell(bench: Bench, text: str) -> None:
    print(f"{bench.clock.now():>9} ms  {' '.join(text.split())[:100]}")


def check_method(scenario: str, model: str, seed: int, count: int) -> int:
    """How many of count cuts leave another state in a real run than a snapshot says."""
    dice = random.Random(f"{scenario} {model} {seed}")
    return sum(not _agrees(scenario, model, seed, dice) for _ in range(count))


def _agrees(scenario: str, model: str, seed: int, dice: random.Random) -> bool:
    start = Bench(SCENARIOS[scenario], MODELS[model], seed)
    snapshots: list[Snapshot] = []
    start.watch = lambda *operation: snapshots.append(Snapshot(*operation))
    finish(start)
    snapshot = dice.choice(snapshots)
    how = dice.choice(snapshot.cuts)
    computed = snapshot.cut(how)
    real = Bench(SCENARIOS[scenario], MODELS[model], seed)
    real.cuts = [Cut(snapshot.index, how)]
    at_power_on = []
    real.on_power = lambda bench: at_power_on.append(_fingerprint(bench))
    before = [_fingerprint(computed)]
    finish(real)
    finish(computed)
    return at_power_on == before and _fingerprint(real) == _fingerprint(computed)


def _fingerprint(bench: Bench) -> tuple:
    return key(bench), bench.clock.now_us(), bench.cloud.verdicts[:], bench.boots[:]
