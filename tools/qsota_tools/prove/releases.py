"""The versions that a board is taken through, signed with a key of this run alone."""

import shutil
from pathlib import Path
from typing import NamedTuple

from qsota.update import package
from qsota_tools.boards import Board
from qsota_tools.center.cloud import FAILURE, SUCCESS
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.package import keys
from qsota_tools.package.delta.pair import make_delta
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package
from qsota_tools.package.signing import sign

FIRST = "1_0_0"
_SOUND, _BROKEN = "sensor_node_2_0_0", "broken_3_0_0"
_TUNED = ("sensor.py", "_SAMPLES = const(9)", "_SAMPLES = const({})")


class Release(NamedTuple):
    """What is offered; whole: the package that its delta leads to, or itself; source: the version
    that a delta starts from; result: the verdict that it must get."""

    claim: str
    version: str
    data: bytes
    whole: bytes
    source: str = ""
    result: int = SUCCESS


class Releases:
    """first: the package that the board is provisioned with; key: what the board file trusts."""

    def __init__(self, board: Board, folder: Path):
        self._key = keys.generate()
        self.board = {**board, "keys": [keys.modulus(self._key).hex()]}
        self._folder = folder
        self.first = sign(self._package(FIRST, EXAMPLES / "sensor_node_1_0_0"), self._key)

    def line(self) -> list[Release]:
        """One of each kind, each from the one before it."""
        plain = self._sound("upgrade-plain", "2_0_0", package.PLAIN)
        deflated = self._sound("upgrade-deflate", "2_1_0", package.DEFLATE)
        fixed = self._sound("upgrade-delta", "2_2_0", package.PLAIN)
        delta = sign(make_delta(deflated.whole, fixed.whole, self.board), self._key)
        unsigned = self._package("2_3_0", EXAMPLES / _SOUND)
        broken = sign(self._package("3_0_0", EXAMPLES / _BROKEN, package.DEFLATE), self._key)
        return [
            plain,
            deflated,
            fixed._replace(data=delta, source=deflated.version),
            Release("refuse-unsigned", "2_3_0", unsigned, unsigned, result=FAILURE),
            Release("revert", "3_0_0", broken, broken, result=FAILURE),
        ]

    def another(self, number: int) -> Release:
        """One more sound version, for upgrades that are disturbed."""
        return self._sound("resets", f"4_{number}_0", package.PLAIN)

    def _sound(self, claim: str, version: str, kind: int) -> Release:
        data = sign(self._package(version, self._tuned(version), kind), self._key)
        return Release(claim, version, data, data)

    def _tuned(self, version: str) -> Path:
        """The example with a constant of this version's own, so that no image is like another."""
        copy = self._folder / version
        shutil.copytree(EXAMPLES / _SOUND, copy)
        name, text, other = _TUNED
        before = (copy / name).read_text()
        tuned = before.replace(text, other.format(10 + sum(map(ord, version)) % 90))
        if tuned == before:
            raise ValueError(f"{_SOUND}/{name} has no {text}")
        (copy / name).write_text(tuned)
        return copy

    def _package(self, version: str, app: Path, kind: int = package.PLAIN) -> bytes:
        component = self.board["component"]
        return make_package(build_image(app), self.board, component, version, kind=kind)
