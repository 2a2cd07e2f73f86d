# The temperature of the cold store: a 10 k NTC from 3.3 V to ADC0, 10 k from there to ground.
from micropython import const

from machine import ADC

_ROW = const(7)  # ntc.txt: hundredths of a degree, a line of 7 bytes for each of 4096 steps
_PLAUSIBLE_LOW = const(-40)
_PLAUSIBLE_HIGH = const(60)
_SAMPLES = const(9)

_adc = ADC(26)
_table = open("/app/ntc.txt", "rb")


def celsius():
    """The median of nine readings: one that the radio disturbs lies far off."""
    samples = sorted(_adc.read_u16() for _ in range(_SAMPLES))
    _table.seek((samples[_SAMPLES // 2] >> 4) * _ROW)
    return int(_table.read(_ROW)) / 100


def plausible():
    return _PLAUSIBLE_LOW < celsius() < _PLAUSIBLE_HIGH


class Extremes:
    """The lowest and the highest value so far."""

    def __init__(self):
        self.low = None
        self.high = None

    def add(self, value):
        self.low = value if self.low is None else min(self.low, value)
        self.high = value if self.high is None else max(self.high, value)
