"""The clocks of the H743 (RM0433, chapter 8)."""

from collections.abc import Callable

from qsota_tools.emulated.cortex_m.registers import NotModelled
from qsota_tools.emulated.stm32.clocks import MHZ, ClockTree, bus_divider, peripheral_divider

_CR, _CFGR, _D1CFGR, _D2CFGR, _D3CFGR = 0x00, 0x10, 0x18, 0x1C, 0x20
_PLLCKSELR, _PLLCFGR, _PLL1DIVR = 0x28, 0x2C, 0x30
_D2CCIP1R, _D2CCIP2R = 0x50, 0x54
_APB1LRSTR, _APB2RSTR = 0x90, 0x98
_RSR, _CLEAR_CAUSES = 0xD0, 1 << 16
_HSI, _CSI = 64 * MHZ, 4 * MHZ
_SWITCH = 7
# Causes of a reset as RSR shows them (table 55): power; the pin, which each reset pulls, and why.
CAUSES = {"power": 0x00FE0000, "reset": 1 << 24 | 1 << 22, "watchdog": 1 << 26 | 1 << 22}
_RESETS = {
    _APB1LRSTR: {14: "SPI2", 15: "SPI3"}
    | {17 + n: f"USART{2 + n}" for n in range(4)}
    | {30: "USART7", 31: "USART8"},
    _APB2RSTR: {4: "USART1", 5: "USART6", 12: "SPI1"},
}


class ClocksH7(ClockTree):
    """hse: of the board in Hz; on_reset(name) is told when code resets a peripheral."""

    plain = dict.fromkeys((*range(0x00, 0xD0, 4), *range(0xD4, 0x180, 4)), 0) | {
        _CR: 0x01,
        _PLLCKSELR: 0x02020200,
        _PLLCFGR: 0x01FF0000,
        **dict.fromkeys((_PLL1DIVR, 0x38, 0x40), 0x01010280),
    }
    ready = {_CR: ((0, 2), (7, 8), (12, 13), (16, 17), (24, 25), (26, 27), (28, 29))}

    def __init__(self, hse: int, cause: str, on_reset: Callable[[str], None]):
        super().__init__()
        self._hse, self._on_reset = hse, on_reset
        self._causes = CAUSES[cause]

    def load(self, offset: int) -> int:
        if offset == _RSR:
            return self._causes
        value = super().load(offset)
        if offset == _CR:
            return value | 3 << 14  # D1CKRDY, D2CKRDY
        if offset == _CFGR:
            return value & ~(_SWITCH << 3) | (value & _SWITCH) << 3
        return value

    def store(self, offset: int, value: int) -> None:
        if offset == _RSR:
            if value & _CLEAR_CAUSES:
                self._causes = 0
            return
        super().store(offset, value)
        for bit, name in _RESETS.get(offset, {}).items():
            if value >> bit & 1:
                self._on_reset(name)

    def _pll1(self, divider_at: int) -> int:
        source = self.values[_PLLCKSELR] & 3
        dividers = self.values[_PLL1DIVR]
        hertz = (_HSI, _CSI, self._hse)[source]
        vco = hertz // (self.values[_PLLCKSELR] >> 4 & 0x3F) * ((dividers & 0x1FF) + 1)
        return vco // ((dividers >> divider_at & 0x7F) + 1)

    def cpu(self) -> int:
        """The processor's, in Hz as all."""
        switch = self.values[_CFGR] & _SWITCH
        hertz = self._pll1(9) if switch == 3 else (_HSI, _CSI, self._hse)[switch]
        return hertz // bus_divider(self.values[_D1CFGR] >> 8)

    def _bus(self, shift: int) -> int:
        hertz = self.cpu() // bus_divider(self.values[_D1CFGR])
        return hertz // peripheral_divider(self.values[_D2CFGR] >> shift & 7)

    def usart(self, number: int) -> int:
        """Of USART or UART n."""
        on_bus_2 = number in (1, 6)
        choice = self.values[_D2CCIP2R] >> (3 if on_bus_2 else 0) & 7
        if choice:
            raise NotModelled(f"clock {choice} of USART{number}")
        return self._bus(8 if on_bus_2 else 4)

    def spi(self, number: int) -> int:
        """Of SPI 1, 2 or 3."""
        choice = self.values[_D2CCIP1R] >> 12 & 7
        if choice:
            raise NotModelled(f"clock {choice} of SPI{number}")
        return self._pll1(16)
