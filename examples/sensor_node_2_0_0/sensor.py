# The temperature sensor inside the RP2040, smoothed.
from micropython import const

from machine import ADC

_VOLTS_PER_STEP = 3.3 / 65535
_PLAUSIBLE_LOW = const(-40)
_PLAUSIBLE_HIGH = const(85)
_SAMPLES = const(9)

_adc = ADC(ADC.CORE_TEMP)


def celsius():
    # The median, since a reading that the radio disturbs lies far off. RP2040 data sheet, 4.9.5:
    # 0.706 V at 27 degrees, 1.721 mV less per degree.
    samples = sorted(_adc.read_u16() for _ in range(_SAMPLES))
    return 27 - (samples[_SAMPLES // 2] * _VOLTS_PER_STEP - 0.706) / 0.001721


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
