"""Emulated boards that run unmodified MicroPython images: a Raspberry Pi Pico, STM32s.

rp2040py and unicorn execute the instructions; here is what they lack of the chips' edges: UARTs at
their baud rate, flash that takes its time and can lose power in the middle, power cycles.
"""

import importlib.util

from qsota_tools.common.errors import UserError


def require(package: str) -> None:
    """UserError unless this package is installed, which is optional."""
    if importlib.util.find_spec(package) is None:
        raise UserError(
            "the emulator is not installed: pip install 'qsota[emulated]', or `make emulated`"
        )
