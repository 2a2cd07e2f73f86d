"""How long a board may take, in seconds of this host.

The waits fit a board whose clock is the host's. QSOTA_PATIENCE multiplies all of them for one that
is slower: silence does not tell an emulated board that is booting from a dead one.
"""

import os

from mpremote.transport_serial import SerialTransport

from qsota_tools.common.errors import UserError

VARIABLE = "QSOTA_PATIENCE"
_MOST = 1000
_EMULATED = "10"


def stretch(seconds: float | None) -> float | None:
    """A wait as long as the user wants it; None stays a wait without an end."""
    return seconds and seconds * _factor()


def with_emulated() -> None:
    """From now on boards are emulated, and known to be slow, unless the user says how slow."""
    os.environ.setdefault(VARIABLE, _EMULATED)


def _factor() -> float:
    text = os.environ.get(VARIABLE) or "1"
    try:
        factor = float(text)
    except ValueError:
        factor = 0
    if not 1 <= factor <= _MOST:
        raise UserError(f"{VARIABLE}={text}: must be a number from 1 to {_MOST}")
    return factor


class PatientTransport(SerialTransport):
    """mpremote's, whose own waits for a byte are stretched as well."""

    def read_until(
        self, min_num_bytes, ending, timeout=10, data_consumer=None, timeout_overall=None
    ):
        each, overall = stretch(timeout), stretch(timeout_overall)
        return super().read_until(min_num_bytes, ending, each, data_consumer, overall)
