# The SPI flash chip of a board whose slots are not in the storage of the firmware.
from qsota.errors import BoardError
from qsota.spinor import Chip, Part


def open_flash(board):
    """What makes block devices of the chip, called as rp2.Flash is; BoardError("no-spi-flash")."""
    from machine import SPI

    try:
        chip = Chip(SPI(board.get("spi.id"), **_options(board)), board.pin("spi.cs", 1))
    except OSError as error:
        raise BoardError("no-spi-flash", error.args[0])
    return lambda start, len: Part(chip, start, len)


def _options(board):
    from machine import Pin

    options = {"baudrate": board.get("spi.baud"), "polarity": 0, "phase": 0}
    for name in ("sck", "mosi", "miso"):
        if name in board.get("spi", dict):  # on stm32 the firmware fixes the pins
            options[name] = Pin(board.get("spi." + name))
    return options
