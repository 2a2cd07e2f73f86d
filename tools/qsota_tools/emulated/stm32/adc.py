"""ADCs whose inputs all rest at half of the supply: conversions end at once."""

from qsota_tools.emulated.cortex_m.registers import Registers
from qsota_tools.emulated.stm32.small import words

_UNIT = 0x100  # from one ADC to the next
_COMMON = 0x300
_HALF = 0x8000  # of 16 bits


class AdcH7(Registers):
    """RM0433, chapter 25: ready, calibrated and done as soon as it is told to be."""

    name = "ADC"
    plain = words(*((unit, unit + 0xD0) for unit in (0, _UNIT)), (_COMMON, _COMMON + 0x10))
    _ISR, _CR, _CFGR, _DR = 0x00, 0x08, 0x0C, 0x40
    _READY, _DONE = 1 << 0 | 1 << 12, 7 << 1  # with LDORDY; EOSMP, EOC, EOS
    _ENABLE, _DISABLE, _AT_ONCE = 1, 2, 1 << 2 | 1 << 4 | 1 << 31  # start, stop, calibrate
    _BITS = {0: 16, 1: 14, 2: 12, 3: 10, 5: 14, 6: 12, 7: 8}

    def load(self, offset: int) -> int:
        unit, register = offset - offset % _UNIT, offset % _UNIT
        if offset < _COMMON and register == self._ISR:
            return self._READY | self._DONE if self.values[unit + self._CR] & self._ENABLE else 0
        if offset < _COMMON and register == self._DR:
            bits = self._BITS[self.values[unit + self._CFGR] >> 2 & 7]
            return _HALF >> 16 - bits
        return super().load(offset)

    def store(self, offset: int, value: int) -> None:
        if offset < _COMMON and offset % _UNIT == self._CR:
            value &= ~self._AT_ONCE
            if value & self._DISABLE:
                value &= ~(self._DISABLE | self._ENABLE)
        super().store(offset, value)


class AdcF4(Registers):
    """RM0090, chapter 13."""

    name = "ADC"
    plain = words(*((unit, unit + 0x4C) for unit in (0, 0x100, 0x200)), (_COMMON, _COMMON + 8))
    _SR, _CR1, _CR2, _DR = 0x00, 0x04, 0x08, 0x4C
    _DONE, _START = 0x12, 1 << 30
    _BITS = (12, 10, 8, 6)

    def load(self, offset: int) -> int:
        unit, register = offset - offset % _UNIT, offset % _UNIT
        if offset < _COMMON and register == self._SR:
            return self._DONE
        if offset < _COMMON and register == self._DR:
            return _HALF >> 16 - self._BITS[self.values[unit + self._CR1] >> 24 & 3]
        return super().load(offset)

    def store(self, offset: int, value: int) -> None:
        if offset < _COMMON and offset % _UNIT == self._CR2:
            value &= ~self._START
        super().store(offset, value)
