"""The clocks of the F405 and F411 (RM0090, chapter 7; RM0383, chapter 6)."""

from collections.abc import Callable

from qsota_tools.emulated.stm32.clocks import MHZ, ClockTree, bus_divider, peripheral_divider

_CR, _PLLCFGR, _CFGR = 0x00, 0x04, 0x08
_APB1RSTR, _APB2RSTR = 0x20, 0x24
_CSR, _CLEAR_CAUSES, _CAUSE_BITS = 0x74, 1 << 24, 0xFF << 24
_HSI = 16 * MHZ
_SWITCH, _FROM_HSE = 3, 1 << 22
# Causes of a reset as CSR shows them: power; the pin, which each reset pulls, and why.
CAUSES = {"power": 0x0E000000, "reset": 0x14000000, "watchdog": 0x24000000}
_RESETS = {
    _APB1RSTR: {14: "SPI2", 15: "SPI3"} | {17 + n: f"USART{2 + n}" for n in range(4)},
    _APB2RSTR: {4: "USART1", 5: "USART6", 12: "SPI1"},
}


class ClocksF4(ClockTree):
    """hse: of the board in Hz; on_reset(name) is told when code resets a peripheral."""

    plain = dict.fromkeys(range(0x00, 0x98, 4), 0) | {_CR: 0x83, _PLLCFGR: 0x24003010}
    ready = {_CR: ((0, 1), (16, 17), (24, 25), (26, 27))}

    def __init__(self, hse: int, cause: str, on_reset: Callable[[str], None]):
        super().__init__()
        self._hse, self._on_reset = hse, on_reset
        self.values[_CSR] = CAUSES[cause]

    def load(self, offset: int) -> int:
        value = super().load(offset)
        if offset == _CFGR:
            return value & ~(_SWITCH << 2) | (value & _SWITCH) << 2
        return value

    def store(self, offset: int, value: int) -> None:
        if offset == _CSR:
            causes = 0 if value & _CLEAR_CAUSES else self.values[_CSR] & _CAUSE_BITS
            value = value & ~_CAUSE_BITS | causes
        super().store(offset, value)
        for bit, name in _RESETS.get(offset, {}).items():
            if value >> bit & 1:
                self._on_reset(name)

    def _pll(self) -> int:
        value = self.values[_PLLCFGR]
        source = self._hse if value & _FROM_HSE else _HSI
        return source // (value & 0x3F) * (value >> 6 & 0x1FF) // (2 * (value >> 16 & 3) + 2)

    def cpu(self) -> int:
        """The processor's, in Hz as all."""
        config = self.values[_CFGR]
        switch = config & _SWITCH
        hertz = self._pll() if switch == 2 else (_HSI, self._hse)[switch]
        return hertz // bus_divider(config >> 4)

    def _bus(self, number: int) -> int:
        shift = 13 if number == 2 else 10
        return self.cpu() // peripheral_divider(self.values[_CFGR] >> shift & 7)

    def usart(self, number: int) -> int:
        """Of USART or UART n."""
        return self._bus(2 if number in (1, 6) else 1)

    def spi(self, number: int) -> int:
        """Of SPI 1, 2 or 3."""
        return self._bus(2 if number == 1 else 1)
