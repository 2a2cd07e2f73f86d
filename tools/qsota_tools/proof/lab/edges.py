"""The edges of the machine that a rig puts in the place of real ones: what a board file describes,
its reset, its watchdog. Runs on CPython and on MicroPython.
"""

from qsota.boot.board import Board
from qsota.resident import handover

CONFIG = {
    "name": "BENCH",
    "title": "bench",
    "port": "rp2",
    "build": "BENCH",
    "component": "MCU",
    "flash": {"kind": "rp2", "size": 26 * 4096, "erase": 4096, "program": 256},
    "areas": {
        "root": [0, 4096],
        "data": [4096, 4096],
        "state": [8192, 8192],
        "slot_a": [16384, 40960],
        "slot_b": [57344, 40960],
    },
    "uart": {"id": 0, "tx": 0, "rx": 1, "baud": 115200, "rxbuf": 4096, "receive": "pull"},
    "module": {"payload": "auto", "chunk": 1024},
    "trial": {"attempts": 3, "deadline_s": 300, "watchdog_ms": 8000},
}


class Reset(BaseException):
    """The MCU restarts: machine.reset(), or the watchdog."""


class BenchBoard(Board):
    """The real Board with its edges on the bench."""

    def __init__(self, config, rig):
        super().__init__(config)
        self._rig = rig

    def _flash(self, start, size):
        return self._rig.flash.window(start, size)

    def stop_watchdog(self):
        pass

    def seal_root(self):
        pass

    def uart(self):
        return self._rig.uart

    def watchdog(self, ms):
        return self._rig.start_watchdog(ms)

    def reset(self):
        raise Reset()

    def settings(self):
        return self._rig.settings


class BenchState(handover.State):
    """The real State, whose board is the bench's whenever it is asked for."""

    def __init__(self, board=None):
        self._board = board

    @property
    def board(self):
        return self._board

    @board.setter
    def board(self, board):
        pass

    def reset(self):
        self._board.reset()


class Watchdog:
    def __init__(self, rig, ms):
        self._rig = rig
        self._ms = ms
        self._event = None
        self.feed()

    def feed(self):
        self._rig.clock.cancel(self._event)
        self._event = self._rig.clock.after(self._ms, self._bite)

    def stop(self):
        self._rig.clock.cancel(self._event)

    def _bite(self):
        self._rig.bitten = True
