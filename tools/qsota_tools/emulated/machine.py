"""What an emulated board is to the proof: the same for every chip."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from qsota_tools.boards import Board
from qsota_tools.emulated.operation import Operation


class Contents(NamedTuple):
    """flash: of the chip with the slots, on a Pico with MicroPython in it; inside: of the flash in
    an STM32, with MicroPython and, where the slots are elsewhere, the storage that it mounts."""

    flash: bytes
    inside: bytes = b""


class Console(Protocol):
    """Where the REPL is; up: whether a host can open it."""

    up: bool
    on_data: Callable[[bytes], None]

    def type(self, data: bytes) -> None:
        """Lost while it is not up."""


class Line(Protocol):
    """The UART's other end; received, lost: bytes so far."""

    received: int
    lost: int
    on_byte: Callable[[int], None]

    def send(self, data: bytes) -> None:
        """Put bytes on the wire to the board."""


class Timers(Protocol):
    """The emulated clock in milliseconds, as the simulated module and cloud want it."""

    def now(self) -> int: ...

    def after(self, ms: float, fn: Callable, *args): ...

    def at_us(self, us: int, fn: Callable, *args):
        """At that time of the clock, in microseconds."""

    def cancel(self, timer) -> None: ...


class Machine(Protocol):
    """A board whose power has just come.

    on_boot(cause) is told that it starts again: "reset", "watchdog" or "power". on_operation is
    asked before each flash operation: None lets it happen, a number from 0 to 1 is the part of it
    that is done when the power fails, which the caller sees to.
    """

    seconds: float
    timers: Timers
    console: Console | None
    line: Line
    on_boot: Callable[[str], None]
    on_operation: Callable[[Operation], float | None]

    def content(self, start: int, size: int) -> bytes:
        """What the flash with the slots holds there now."""

    def contents(self) -> Contents:
        """What all of its flash holds now."""

    def mistakes(self) -> list[str]:
        """What was asked of its parts that they refused."""

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let that many seconds pass, fewer if until() becomes true; returns whether it is."""

    def stop(self) -> None:
        """End run(), also from a signal handler."""

    def power_fails(self) -> None:
        """Power cycle, soon."""


class Family(Protocol):
    """A kind of chip that is emulated."""

    def require(self) -> None:
        """UserError unless what executes its instructions is installed, which is optional."""

    def has_console(self, board: Board) -> bool:
        """Whether that board's REPL can be reached here."""

    def image(self, board: Board, wanted: Path | None) -> Path:
        """The file of a MicroPython: that one, one that is known by that name, or without a name
        the one that is taken then. UserError if it cannot be had."""

    def blank(self, board: Board, image: Path) -> Contents:
        """A new board with that MicroPython; UserError if it is none for it."""

    def fill(self, board: Board, contents: Contents, flash: bytes, root: bytes) -> Contents:
        """With other stores: root is that of a board with slots on an SPI flash, else b""."""

    def stores(self, board: Board, contents: Contents) -> tuple[bytes, bytes]:
        """The stores, as fill() takes them."""

    def start(self, board: Board, contents: Contents) -> Machine:
        """The board with its power on."""
