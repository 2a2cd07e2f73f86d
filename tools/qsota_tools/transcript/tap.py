"""Two ports joined, and what passes between them."""

import select
import time

from qsota_tools.common.ports import Port
from qsota_tools.transcript.entries import FROM_MODULE, TO_MODULE
from qsota_tools.transcript.split import Piece

_WAIT_S = 0.02


class Tap:
    """board, module: the ports of two adapters, one wired to each; both at that baud rate."""

    def __init__(self, board: str, module: str, baud: int):
        self._board, self._module = Port(board, baud), Port(module, baud)
        self.pieces: list[Piece] = []
        self._began = time.monotonic()

    def __enter__(self):
        self._board.open()
        self._module.open()
        return self

    def __exit__(self, *exc):
        self._board.close()
        self._module.close()

    def pass_on(self) -> bool:
        """Wait for a moment and pass on what has come; returns whether something has."""
        fds = [*self._board.fds(), *self._module.fds()]
        select.select(fds, [], [], _WAIT_S)
        # Both, in this order: an answer is later than its question.
        sent = self._carry(self._board, self._module, TO_MODULE)
        received = self._carry(self._module, self._board, FROM_MODULE)
        return sent or received

    def _carry(self, source: Port, sink: Port, direction: str) -> bool:
        source.reopen()
        data = source.read()
        if not data:
            return False
        self.pieces.append(Piece(time.monotonic() - self._began, direction, data))
        left = data
        while left := left[sink.write(left) :]:
            time.sleep(_WAIT_S / 10)
        return True
