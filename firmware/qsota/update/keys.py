# The keys that an image brings along, with a library of its own.
import json

from qsota.boot.board import Board

_BROUGHT = "/app/lib/qsota/keys.json"


def brought():
    """Those of the mounted image, as Board.keys; None if it brought none."""
    try:
        with open(_BROUGHT) as file:
            return Board({"keys": json.load(file)}).keys
    except OSError:
        return None
