# The temperature sensor inside the RP2040.
from micropython import const

from machine import ADC

_VOLTS_PER_STEP = 3.3 / 65535
_PLAUSIBLE_LOW = const(-40)
_PLAUSIBLE_HIGH = const(85)

_adc = ADC(ADC.CORE_TEMP)


def celsius():
    # RP2040 data sheet, 4.9.5: 0.706 V at 27 degrees, 1.721 mV less per degree.
    return 27 - (_adc.read_u16() * _VOLTS_PER_STEP - 0.706) / 0.001721


def plausible():
    return _PLAUSIBLE_LOW < celsius() < _PLAUSIBLE_HIGH
