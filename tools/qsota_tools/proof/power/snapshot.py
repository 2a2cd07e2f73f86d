"""A bench just before a flash operation, to be cut there in every way without a run up to it.

Only what survives a power cut is kept: the chip, the clock, the wire, the module and the
cloud. That this is exact is checked against cuts in real runs (replay.check_method).
"""

import pickle
from collections.abc import Iterator
from hashlib import blake2b

from qsota_tools.proof.lab.nor_flash import PowerCut
from qsota_tools.proof.lab.powered import Cut
from qsota_tools.proof.lab.tears import cuts, leave
from qsota_tools.proof.power.device import Bench


class Snapshot:
    """The flash operation number `index` since the power came, and the bench before it."""

    def __init__(self, bench: Bench, kind: str, at: int, length: int):
        self.index = bench.ops
        self.cuts = cuts(kind, length, bench.flash)
        self._erase = kind == "erase"
        self._at = at
        self._data = bench.flash.writing
        self._seed = bench.seed
        self._bench = pickle.dumps(bench)
        self._flash = pickle.dumps(bench.flash)

    def cut(self, how: str) -> Bench:
        """A bench whose power has failed in this operation, and is back."""
        bench: Bench = pickle.loads(self._bench)
        bench.cuts = [Cut(self.index, how)]
        self._operate(bench.flash)
        bench.power_on()
        return bench

    def states(self) -> Iterator[tuple[str, bytes]]:
        """Each way to cut the operation, with the key() of cut()."""
        # The module does not notice how the MCU's flash was torn, only how long it worked.
        after = _module_state(self.cut("after"))
        before = _module_state(self.cut("before"))
        for how in self.cuts:
            flash = pickle.loads(self._flash)
            flash.on_op = lambda *operation, flash=flash, how=how: leave(
                flash, *operation, how, self._seed
            )
            self._operate(flash)
            yield how, _digest(flash.state(), after if how == "after" else before)

    def _operate(self, flash) -> None:
        try:
            if self._erase:
                flash.erase(self._at)
            else:
                flash.program(self._at, self._data)
        except PowerCut:
            pass


def key(bench: Bench, *more: object) -> bytes:
    """Equal for benches with the same flash, module and cloud; how long timers have yet to run
    makes no difference."""
    return _digest(bench.flash.state(), _module_state(bench), more)


def _digest(flash: bytes, *more: object) -> bytes:
    digest = blake2b(flash, digest_size=16)
    digest.update(repr([part for part in more if part]).encode())
    return digest.digest()


def _module_state(bench: Bench) -> list:
    module, cloud = bench.module, bench.cloud
    ota, link = module.ota, module.link
    values = [cloud.results, cloud.verdicts, cloud.versions, module.versions.items()]
    values += cloud.state()
    for part in (module, ota, ota._download, link):
        values += [v for v in vars(part).values() if isinstance(v, (int, str, bytes))]
    return values
