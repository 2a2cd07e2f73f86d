# The SPI flash chip of a board whose slots are not in the storage of the firmware.
from time import sleep_ms

from micropython import const

from qsota.boot.spinor import Part, open_chip
from qsota.errors import BoardError

_TRIES = const(5)
_PAUSE_MS = const(50)
_PINS = ("sck", "mosi", "miso")  # on stm32 the firmware fixes them


def open_flash(board):
    """What makes block devices of the chip, called as rp2.Flash is; BoardError("no-spi-flash")."""
    id, baud, cs = board.get("spi.id"), board.get("spi.baud"), board.get("spi.cs", (int, str))
    given = board.get("spi", dict)
    pins = {name: board.get("spi." + name) for name in _PINS if name in given}
    chip = _open(id, baud, cs, pins)
    return lambda start, len: Part(chip, start, len)


def _open(id, baud, cs, pins):
    left = _TRIES
    while True:
        try:
            return open_chip(id, baud, cs, **pins)
        except OSError as error:
            left -= 1
            if not left:
                raise BoardError("no-spi-flash", error.args[0])
        sleep_ms(_PAUSE_MS)  # its supply may still be rising
