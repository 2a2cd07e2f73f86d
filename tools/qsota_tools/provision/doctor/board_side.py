"""The board itself: what it is, what runs there, what its boot record and settings say."""

from collections.abc import Iterator

from qsota_tools.boards import Board
from qsota_tools.common.errors import UserError
from qsota_tools.provision.doctor.finding import BAD, NOTE, OK, Finding
from qsota_tools.provision.program import Program
from qsota_tools.provision.repl_link import Link
from qsota_tools.provision.usb import check_identity


def board_side(link: Link, board: Board, program: Program | None) -> Iterator[Finding]:
    """program: what runs there; None on a board that is not provisioned."""
    yield _identity(link, board)
    if program is None:
        yield Finding("program", NOTE, "not provisioned yet", "qsota flash")
        return
    yield _program(program)
    if program.record.reason:
        yield Finding("last failure", NOTE, program.record.reason)
    if program.settings() is None:
        cure = "provision the board again: qsota flash ... --pk KEY --ps SECRET"
        yield Finding("settings", BAD, "settings.json is damaged", cure)


def _identity(link: Link, board: Board) -> Finding:
    try:
        _, what = check_identity(link, board)
    except UserError as error:
        return Finding("board", BAD, str(error), "put the right MicroPython on it, or see --board")
    return Finding("board", OK, f"{board['name']}, {what}")


def _program(program: Program) -> Finding:
    text = program.headline()
    if not program.started:
        cure = "reset the board; a maintenance pin that is held keeps it at the REPL"
        return Finding("program", NOTE, text, cure)
    if program.slot is None:
        return Finding("program", BAD, text, "qsota flash ... --app FIRST, or offer a plan to it")
    if text.startswith("the updater alone"):
        return Finding("program", BAD, text, "its last messages say why; offer a fixed version")
    return Finding("program", OK, text)
