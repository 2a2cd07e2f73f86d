"""Board files: one TOML file per hardware variant, checked down to the last key."""

import json
import tomllib
from pathlib import Path

from qsota_tools.boards import rules as board_rules
from qsota_tools.boards import schema as board_schema
from qsota_tools.boards.schema import Board
from qsota_tools.common import files, ui
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import BOARDS

_UNSUPPORTED = BOARDS / "unsupported.toml"


def problems(board: Board) -> list[str]:
    """All that is wrong with a board file, each as `field: what`; empty if it is sound."""
    return sorted(board_schema.shape_problems(board)) or list(board_rules.problems(board))


def known() -> list[str]:
    """Names of the boards that come with qsota."""
    return sorted(path.stem for path in BOARDS.glob("*.toml") if path != _UNSUPPORTED)


def unsupported() -> dict[str, dict]:
    """Boards that cannot carry two safe slots: name -> {"reason": text, "use": [names]}."""
    return tomllib.loads(_UNSUPPORTED.read_text())


def load(name: str) -> Board:
    """The board file called name, or at the path name if it ends in .toml; UserError."""
    path = path_of(name)
    text = files.read_text(path)
    try:
        board = tomllib.loads(text)
    except ValueError as error:
        raise UserError(f"{path.name}: {error}") from None
    _refuse(path.name, problems(board))
    return board


def path_of(name: str) -> Path:
    """Where the board file called name is; UserError if there is none of that name."""
    if name.endswith(".toml"):
        return Path(name)
    if name in known():
        return BOARDS / f"{name}.toml"
    raise UserError(_why_not(name))


def _why_not(name: str) -> str:
    if found := unsupported().get(name):
        return f"{name} is not supported: {found['reason']}. Use {' or '.join(found['use'])}"
    guess = ui.meant(name, known())
    return f"unknown board {name}{guess or '; there are ' + ', '.join(known())}"


def to_json(board: Board, **overrides: dict) -> bytes:
    """The bytes of /board.json; overrides: sections or keys to change, uart={"baud": 921600}."""
    changed = dict(board)
    for key, value in overrides.items():
        changed[key] = board[key] | value if isinstance(value, dict) else value
    _refuse("board.json", problems(changed))
    return json.dumps(changed, separators=(",", ":")).encode()


def _refuse(what: str, found: list[str]) -> None:
    if found:
        raise UserError("\n  ".join([f"{what} is not valid:", *found]))
