"""Whether a module answers at all, and at which rate; if not, what the wires look like."""

from collections.abc import Generator

from qsota_tools.common.progress import waiting
from qsota_tools.provision.at_dialogue import Answer, Wire, ask
from qsota_tools.provision.doctor.finding import BAD, NOTE, OK, Finding

_BAUDS = (115200, 9600, 921600, 460800, 230400, 57600, 38400, 19200)
_TRIES = 3  # a module that sleeps loses the first command
_TRY_MS = 700
_POWER = "is it powered, and switched on (PWRKEY)?"


def wiring(wire: Wire) -> Generator[Finding, None, bool]:
    """Find the rate at which the module answers, and leave the wire at it; whether it does."""
    others = [baud for baud in _BAUDS if baud not in wire.bauds]
    heard = b""
    for baud in [*wire.bauds, *others]:
        with waiting(f"asking for a module at {baud} baud"):
            answer = _hello(wire, baud)
        if answer.final or answer.lines:
            yield _rate(wire, baud)
            yield _modes(answer)
            return True
        heard = heard or answer.raw
    yield _silence(wire, heard)
    return False


def _hello(wire: Wire, baud: int) -> Answer:
    """An answer to AT, or to a question whose answer comes even without result codes; else with
    nothing but what was heard."""
    wire.set_baud(baud)
    heard = b""
    for _ in range(_TRIES):
        answer = ask(wire, "AT", _TRY_MS)
        if answer.final:
            return answer
        heard = heard or answer.raw
    if heard:
        answer = ask(wire, "AT+CGMR", _TRY_MS)
        if answer.final or any(_is_text(line) for line in answer.lines):
            return answer
    return Answer([], "", heard)


def _is_text(line: str) -> bool:
    return "\\x" not in line and len(line) > 2 and not line.startswith("AT")


def _rate(wire: Wire, baud: int) -> Finding:
    if baud in wire.bauds:
        return Finding("baud rate", OK, f"the module answers at {baud} baud on {wire.place}")
    meant = wire.bauds[0]
    return Finding(
        "baud rate",
        BAD,
        f"the module answers at {baud} baud, not at {meant}",
        f"qsota at --baud {baud} 'AT+IPR={meant};&W' sets the module, uart.baud in the board "
        "file the board",
    )


def _modes(answer: Answer) -> Finding:
    if not answer.final:
        text = "the module sends no result codes (ATQ1): the library switches them on"
        return Finding("answers", NOTE, text)
    return Finding("answers", OK, "with echo" if b"AT" in answer.raw else "without echo")


def _silence(wire: Wire, heard: bytes) -> Finding:
    if heard and b"AT" in heard:
        return Finding(
            "wiring",
            BAD,
            "only what was sent comes back",
            "TX and RX are connected with each other: TX belongs to the module's RXD, RX to TXD",
        )
    if heard:
        return Finding(
            "wiring",
            BAD,
            "something comes back, but at no baud rate is it text",
            "connect the grounds; the module's I/O may need a level shifter (1.8 V)",
        )
    return _dead(wire.levels())


def _dead(levels: tuple[int, int] | None) -> Finding:
    """Nothing comes back; levels: of TX and RX, of which a module drives its TXD high."""
    if levels is None:
        return Finding(
            "wiring",
            BAD,
            "no answer at any baud rate",
            f"the module: {_POWER} TX and RX may be swapped, or a wire may be missing",
        )
    tx, rx = levels
    if tx and not rx:
        text = "no answer; the module's TXD is at the board's TX"
        return Finding("wiring", BAD, text, "TX and RX are swapped: exchange the two wires")
    if not rx:
        text = "no answer; nothing drives the board's RX"
        return Finding("wiring", BAD, text, f"the module: {_POWER} Is its TXD at the board's RX?")
    # An input with a pull-up drives its wire, too: with both high, nobody knows which one it is.
    wires = "TX and RX may be swapped." if tx else "Is the board's TX at the module's RXD?"
    return Finding(
        "wiring",
        BAD,
        "no answer, though something drives the board's RX",
        f"{wires} A module that waits for data needs a reset",
    )
