"""An application on an emulated Pico with stock MicroPython that tells what its heap holds."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from qsota.update import package
from qsota_tools.boards import Board
from qsota_tools.common.files import scratch
from qsota_tools.emulated.bench import Bench
from qsota_tools.emulated.families import family_of
from qsota_tools.emulated.machine import Contents
from qsota_tools.package import keys
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package
from qsota_tools.package.signing import sign
from qsota_tools.provision.factory import make_flash

PROBE = Path(__file__).parent / "probe"
_PROMPT = "import gc; gc.collect(); print('FIRST', gc.mem_alloc(), 0)\r"
_REPL_S = 10
_LINE = re.compile(r"(FIRST|BASE|HEAP) (\d+) (\d+)(?: (\S+))?$")


@dataclass
class Heard:
    """What the probe told, in bytes; first and base with the microseconds since the start."""

    first: tuple[int, int] | None = None
    base: tuple[int, int] | None = None
    live: list[int] = field(default_factory=list)
    peak: int = 0
    alone: int = 0  # the most while the updater ran without an application
    spoke: float | None = None  # when the first byte went to the module, in s
    results: list[int] = field(default_factory=list)  # verdicts that the cloud saw
    ended: float | None = None  # when it saw the first one, in s
    lines: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        """A line that the board printed."""
        self.lines.append(line)
        found = _LINE.search(line)
        if not found:
            return
        kind, first, second = found[1], int(found[2]), int(found[3])
        if kind == "FIRST":
            self.first, self.base, self.live = (first, second), None, []
        elif kind == "BASE":
            self.base = (first, second)
        else:
            self.live.append(first)
            self.peak = max(self.peak, second)
            if found[4] == "alone":
                self.alone = max(self.alone, second)

    @property
    def taken(self) -> int:
        """Live bytes above what the application had before it imported the library."""
        return self.live[-1] - self.base[0]

    @property
    def most(self) -> int:
        return self.peak - self.base[0]


class Probed:
    """A board as provisioned with the probe, and what is offered to it.

    blank: a new board's flash, with MicroPython alone.
    """

    def __init__(self, board: Board, blank: Contents, key: keys.PrivateKey | None = None):
        self.board = dict(board)
        if key:
            self.board["keys"] = [keys.modulus(key).hex()]
        self._key = key
        self.root: dict[str, bytes] = {}  # files of it in place of those that ship
        self._family, self._blank = family_of(board), blank

    def package(self, version: str, kind: int = package.PLAIN, base: str = "", **changes) -> bytes:
        """The probe as that version; changes as in probe_image(), also of the base."""
        image = probe_image(version, **changes)
        base_image = probe_image(base, **changes) if base else b""
        made = make_package(
            image, self.board, self.board["component"], version, kind=kind, base=base_image
        )
        return sign(made, self._key) if self._key else made

    def run(
        self,
        first: bytes | None,
        offers: list[bytes],
        seconds: float,
        until: Callable[[Heard, Bench], bool] = lambda heard, bench: False,
    ) -> Heard:
        """What the board tells in that time, or until that is true."""
        flash = make_flash(self.board, first, root=self.root)
        contents = self._family.fill(self.board, self._blank, flash, b"")
        heard = Heard()
        machine = self._family.start(self.board, contents)
        bench = Bench(self.board, machine, offers, heard.take)
        _tell_first_byte(bench, heard)
        machine.run(seconds, lambda: until(heard, bench))
        heard.results = list(bench.cloud.results)
        return heard

    def upgrade(self, first: bytes, offer: bytes, seconds: float, settle_s: float = 0) -> Heard:
        """What the board tells in that time, or until so long after the offer's verdict."""

        def settled(heard: Heard, bench: Bench) -> bool:
            now = bench.machine.seconds
            if heard.ended is None and bench.cloud.results:
                heard.ended = now
            return heard.ended is not None and now >= heard.ended + settle_s

        return self.run(first, [offer], seconds, settled)


def bare(board: Board, blank: Contents) -> int:
    """Live bytes of a bare start: of MicroPython at its prompt."""
    heard = Heard()
    machine = family_of(board).start(board, blank)
    Bench(board, machine, [], heard.take)
    machine.run(_REPL_S, lambda: any("Type" in line for line in heard.lines))
    machine.console.type(_PROMPT.encode())
    machine.run(_REPL_S, lambda: heard.first is not None)
    return heard.first[0]


def probe_image(
    version: str, main: str = "main.py", size: int = 0, modules: int = 0, **changes
) -> bytes:
    """The probe's image with so many modules beside it (module000, ...), filled up to size bytes;
    its constants can be changed."""
    with scratch() as folder:
        source = (PROBE / main).read_text()
        for name, value in changes.items():
            source = re.sub(rf"^{name} = .*$", f"{name} = {value!r}", source, flags=re.MULTILINE)
        (folder / "main.py").write_text(source + f"# {version}\n")
        for i in range(modules):
            (folder / f"module{i:03}.py").write_text(f"VALUE = {i}\n")
        image = build_image(folder)
        if size > len(image):
            (folder / "filler.bin").write_bytes(bytes(size - len(image)))
            image = build_image(folder)
    return image


def _tell_first_byte(bench: Bench, heard: Heard) -> None:
    to_module = bench.line.on_byte

    def on_byte(byte: int) -> None:
        if heard.spoke is None:
            heard.spoke = bench.machine.seconds
        to_module(byte)

    bench.line.on_byte = on_byte
