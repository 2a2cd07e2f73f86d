"""Which board hangs on a link: by the board file on it, or by the build of its MicroPython."""

import json

from qsota_tools import boards
from qsota_tools.common.errors import UserError
from qsota_tools.provision.repl_link import Link


def recognise(link: Link) -> boards.Board:
    """The board file for the board on that link; UserError if there is none, or a choice."""
    _, build, machine, _, _ = link.call("identify")
    fitting = [board for name in boards.known() if (board := boards.load(name))["build"] == build]
    own = _own_name(link)
    for board in fitting:
        if board["name"] == own:
            return board
    if len(fitting) == 1 and own in (None, fitting[0]["name"]):
        return fitting[0]
    what = f"the board on {link.port} is {build or 'of an unknown build'} ({machine})"
    if own and own not in boards.known():
        raise UserError(f"{what}, provisioned as {own}: name its board file with --board")
    if why := boards.unsupported().get(build):
        fitting_names = " or ".join(why["use"])
        raise UserError(f"{what}: {why['reason']}. With --board {fitting_names} it can be served")
    names = ", ".join(board["name"] for board in fitting)
    said = f"one of {names}" if names else "no board of `qsota boards`"
    raise UserError(f"{what}, {said}: name it with --board")


def _own_name(link: Link) -> str | None:
    """What a board that was provisioned before says it is."""
    text = link.call("content", "/board.json", "/flash/board.json")
    try:
        name = json.loads(text or "{}").get("name")
    except (ValueError, AttributeError):
        return None
    return name if isinstance(name, str) else None
