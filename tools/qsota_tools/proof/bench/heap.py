"""What the library takes of a Pico's heap and time: stock MicroPython on an emulated RP2040."""

import functools
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from qsota.update import package
from qsota_tools import boards
from qsota_tools.center.cloud import FAILURE, SUCCESS
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import FIRMWARE, library_sources
from qsota_tools.emulated.families import family_of
from qsota_tools.emulated.images import CACHE, find_image
from qsota_tools.package import keys
from qsota_tools.package.shorten import compile_short

BOARD = "RPI_PICO"
_IMAGE_SIZE = 30 << 10  # of the application whose start is timed
_MODULES, _FILES_SIZE = 300, 64 << 10  # of the application whose imports are timed
_START_S, _SETTLE_S, _UPGRADE_S = 5, 15, 300


def figures(uf2: Path | None, names: list[str]) -> Iterator[tuple[str, int | str]]:
    """(name, value) of what MEASURES calls by these names, first the image's SHA-256; bytes are
    live ones above those of a bare start. uf2: None for the published image that is pinned."""
    lab = Lab(find_image(uf2, CACHE))
    yield "image", lab.image
    for name in names:
        yield from MEASURES[name](lab).items()


class Lab:
    """One image of MicroPython, and the boards that run it."""

    def __init__(self, uf2: Path):
        # The emulator is optional, so that it is imported where it is needed only.
        from qsota_tools.proof.bench import probing

        self._probing = probing
        self.image = hashlib.sha256(uf2.read_bytes()).hexdigest()
        self._board = boards.load(BOARD)
        family = family_of(self._board)
        family.require()
        self._blank = family.blank(self._board, uf2)
        self._key = keys.generate()

    def probed(self, signed: bool = False):
        """A board with the probe on it."""
        return self._probing.Probed(self._board, self._blank, self._key if signed else None)

    @functools.cached_property
    def bare(self) -> int:
        """Live bytes of a bare start."""
        return self._probing.bare(self._board, self._blank)

    @functools.cached_property
    def first(self) -> tuple[int, int]:
        """Live bytes above a bare start at the first line of a small application in an image of
        30 KB, and the microseconds since the reset."""
        board = self.probed()
        first = board.package("1_0_0", main="first.py", size=_IMAGE_SIZE)
        heard = board.run(first, [], _START_S, lambda heard, bench: heard.first is not None)
        if heard.first is None:
            raise UserError("the application did not start:\n" + "\n".join(heard.lines[-5:]))
        return heard.first[0] - self.bare, heard.first[1]

    def above(self, live: int, heard) -> int:
        """Bytes above a bare start, without what the probe itself had before it imported us."""
        return live - heard.base[0] + self.first[0]


def _start(lab: Lab) -> dict:
    return {"bare": lab.bare, "first_line": lab.first[0], "boot_ms": round(lab.first[1] / 1000)}


def _files(lab: Lab) -> dict:
    """What 300 modules add to a start, whose import of main.py is the first look into their
    directory, and to the import of the last one of them."""
    alone, many = (_imports(lab, modules) for modules in (1, _MODULES))
    return {"files_300_ms": round((many - alone) / 1000)}


def _imports(lab: Lab, modules: int) -> int:
    """Microseconds to the first line of an application and for an import of its own, in an image
    of one size with so many modules."""
    board = lab.probed()
    first = board.package(
        "1_0_0", main="many.py", size=_FILES_SIZE, modules=modules, LAST=f"module{modules - 1:03}"
    )
    heard = board.run(first, [], _START_S, lambda heard, bench: heard.base is not None)
    if heard.first is None or heard.base is None:
        raise UserError("the application did not start:\n" + "\n".join(heard.lines[-5:]))
    return heard.first[1] + heard.base[1]


def _idle(lab: Lab) -> dict:
    board = lab.probed()
    heard = board.run(board.package("1_0_0"), [], _START_S + _SETTLE_S)
    return {
        "idle": lab.above(heard.live[-1], heard),
        "peak_session": lab.above(heard.peak, heard),
        "import_ms": round(heard.spoke * 1000 - heard.base[1] / 1000),
    }


def _refusal(lab: Lab) -> dict:
    board = lab.probed()
    offers = [board.package("2_0_0")]
    first = board.package("1_0_0", REFUSE=True)
    heard = board.run(first, offers, _START_S + _SETTLE_S)
    return {"after_refusal": lab.above(heard.live[-1], heard)}


def _failure(lab: Lab) -> dict:
    board = lab.probed()
    damaged = bytearray(board.package("2_0_0"))
    damaged[-1] ^= 1
    heard = _upgrade(board, board.package("1_0_0"), bytes(damaged), FAILURE)
    return {"after_failure": lab.above(heard.live[-1], heard)}


def _plain(lab: Lab) -> dict:
    board = lab.probed()
    heard = _upgrade(board, board.package("1_0_0"), board.package("2_0_0"), SUCCESS)
    return {"peak_plain": lab.above(heard.peak, heard)}


def _delta(lab: Lab) -> dict:
    board = lab.probed(signed=True)
    offer = board.package("2_0_0", kind=package.DELTA, base="1_0_0")
    heard = _upgrade(board, board.package("1_0_0"), offer, SUCCESS)
    return {"peak_delta": lab.above(heard.peak, heard)}


def _alone(lab: Lab) -> dict:
    from qsota_tools.proof.bench import narrow

    heard = narrow.upgrade(lab.probed(signed=True), "delta")
    _check_verdict(heard, SUCCESS)
    return {"alone_delta": heard.alone - lab.bare}


def endings(uf2: Path | None, heap: int) -> Iterator[dict]:
    """An updater that takes the application's place where the heap has that many bytes, for each
    kind of package: kind; result: what the cloud was told, None: nothing; alone: the most bytes of
    heap above a bare start."""
    from qsota_tools.proof.bench import narrow

    lab = Lab(find_image(uf2, CACHE))
    for kind in narrow.KINDS:
        heard = narrow.upgrade(lab.probed(signed=True), kind, heap)
        result = heard.results[-1] if heard.results else None
        yield {"kind": kind, "result": result, "alone": heard.alone - lab.bare}


def _upgrade(board, first: bytes, offer: bytes, result: int):
    """What the board told until a while after that verdict."""
    heard = board.upgrade(first, offer, _UPGRADE_S, _SETTLE_S)
    _check_verdict(heard, result)
    return heard


def _check_verdict(heard, result: int) -> None:
    if heard.results[-1:] != [result]:
        raise UserError(f"the upgrade ended in {heard.results}:\n" + "\n".join(heard.lines[-9:]))


def _code(lab: Lab) -> dict:
    return {"mpy_bytes": sum(len(compile_short(FIRMWARE, name)) for name in library_sources())}


MEASURES: dict[str, Callable[[Lab], dict]] = {
    "code": _code,
    "start": _start,
    "files": _files,
    "idle": _idle,
    "refusal": _refusal,
    "failure": _failure,
    "plain": _plain,
    "delta": _delta,
    "alone": _alone,
}
