"""The two ways to a module: its serial port at this host, or through a board that it hangs on."""

import argparse
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from qsota_tools import boards
from qsota_tools.boards import Board
from qsota_tools.common.arguments import at_least
from qsota_tools.common.errors import UserError
from qsota_tools.common.ports import Port
from qsota_tools.provision.module_answer import ended
from qsota_tools.provision.program import Program, interrupted, resume
from qsota_tools.provision.repl_link import Link, add_port

DEFAULT_BAUD = 115200

_ON_BOARD = [Path(__file__).with_name(f"{n}.py") for n in ("module_answer", "on_board_uart")]
_RXBUF = 2048
_RTS, _CTS = 2, 1  # of machine.UART
_POLL_S = 0.005
_TURN_MS = 2000


class SerialWire:
    """A module at a serial port of this host; any name that `ports` knows."""

    def __init__(self, name: str, baud: int = DEFAULT_BAUD):
        self.place = name
        self.bauds = [baud]
        self._name = name
        self._port = Port(name, baud)
        self._port.open()

    def set_baud(self, baud: int) -> None:
        self._port.close()
        self._port = Port(self._name, baud)
        self._port.open()

    def levels(self) -> None:
        """Of the pins of an adapter nobody knows."""

    def exchange(self, data: bytes, ms: int) -> bytes:
        """Send data; what comes until an answer ends, for at most that many milliseconds."""
        while self._port.read():
            pass
        sent = 0
        end = time.monotonic() + ms / 1000
        heard = b""
        while time.monotonic() < end and not ended(heard):
            sent += self._port.write(data[sent:]) if sent < len(data) else 0
            heard += self._port.read()
            time.sleep(_POLL_S)
        return heard

    def close(self) -> None:
        self._port.close()


class BoardWire:
    """The module behind a board on USB whose program is interrupted.

    The board starts with an empty heap for that, without its program: what that had under way at
    the UART is over.
    """

    def __init__(self, link: Link, board: Board, baud: int | None = None):
        self.place = f"UART {board['uart']['id']} of {board['name']}"
        uart = board["uart"]
        self.bauds = [baud] if baud else [uart["baud"], *filter(None, [uart.get("fast_baud")])]
        self._link = link
        self._uart = uart
        self._port = board["port"]
        link.soft_reset()
        for path in _ON_BOARD:
            link.send(path)
        self.set_baud(self.bauds[0])

    def levels(self) -> tuple[int, int] | None:
        """The levels of TX and RX when the board drives none of them: 1 where the other side
        does; None where the board file does not name the pins (stm32)."""
        if "tx" not in self._uart:
            return None
        found = self._link.call("levels", self._uart["tx"], self._uart["rx"])
        self.set_baud(self.bauds[0])  # they are the UART's again
        return tuple(found)

    def set_baud(self, baud: int) -> None:
        uart = self._uart
        rts, cts = uart["receive"] == "rts", "cts" in uart
        signals = ["tx", "rx"] + ["rts"] * rts + ["cts"] * cts
        pins = {s: uart[s] for s in signals} if self._port == "rp2" else {}
        options = {"baudrate": baud, "rxbuf": _RXBUF}
        if rts or cts:
            options["flow"] = _RTS * rts | _CTS * cts
        self._link.run(f"open_module({uart['id']}, {pins!r}, **{options!r})")

    def exchange(self, data: bytes, ms: int) -> bytes:
        """As SerialWire.exchange(); in turns, since a board that says nothing counts as gone."""
        heard = b""
        while ms > 0 and not ended(heard):
            heard += self._link.call("exchange", data, min(ms, _TURN_MS))
            data, ms = b"", ms - _TURN_MS
        return heard


def add_wire(parser: argparse.ArgumentParser) -> None:
    """The options that say where the module is."""
    where = parser.add_mutually_exclusive_group()
    add_port(where)
    where.add_argument("--module", metavar="PORT", help="the module's own port, without a board")
    parser.add_argument("--board", help="what a board is that is not provisioned yet")
    parser.add_argument(
        "--baud",
        type=at_least(1),
        metavar="N",
        help=f"of the module (default: as the board file says, {DEFAULT_BAUD} without a board)",
    )


@contextlib.contextmanager
def attached(args: argparse.Namespace) -> Iterator[tuple[Link, Board, Program | None]]:
    """The board on USB that the options name, interrupted, its board file, and what ran there
    (None: it is not provisioned). It is restarted afterwards."""
    if not args.board:
        with interrupted(args.port) as program:
            yield program.link, program.board, program
        return
    board = boards.load(args.board)
    with Link(args.port) as link:
        try:
            if link.call("content", "/board.json", "/flash/board.json") is not None:
                raise UserError("--board is for a board that is not provisioned: leave it out")
            yield link, board, None
        finally:
            resume(link)


@contextlib.contextmanager
def wire(args: argparse.Namespace) -> Iterator[SerialWire | BoardWire]:
    """The wire that the options name."""
    if args.module:
        if args.board:
            raise UserError("--board is for a board on USB: leave it or --module out")
        with contextlib.closing(SerialWire(args.module, args.baud or DEFAULT_BAUD)) as found:
            yield found
        return
    with attached(args) as (link, board, _):
        yield BoardWire(link, board, args.baud)
