"""STM32H743 (RM0433, DS12110)."""

from unicorn.arm_const import UC_CPU_ARM_CORTEX_M7

from qsota_tools.emulated.cortex_m.registers import Registers
from qsota_tools.emulated.stm32.adc import AdcH7
from qsota_tools.emulated.stm32.chip import Chip
from qsota_tools.emulated.stm32.clocks_h7 import ClocksH7
from qsota_tools.emulated.stm32.dma import DmaMux
from qsota_tools.emulated.stm32.flash_h7 import FlashH7
from qsota_tools.emulated.stm32.flash_layout import LAYOUTS
from qsota_tools.emulated.stm32.small import Random, held
from qsota_tools.emulated.stm32.spi_h7 import SpiH7
from qsota_tools.emulated.stm32.usart import NEW

_SYSTEM, _SYSTEM_SIZE, _UNIQUE_ID, _FLASH_KB = 0x1FF00000, 0x20000, 0x1E800, 0x1E880
_PORTS = 0x58020000
# Requests of DMAMUX1 (RM0433, table 121).
_REQUESTS = {
    "SPI1_RX": 37,
    "SPI1_TX": 38,
    "SPI2_RX": 39,
    "SPI2_TX": 40,
    "SPI3_RX": 61,
    "SPI3_TX": 62,
}


class _Power(Registers):
    """PWR (RM0433, 6.8): each voltage is there at once."""

    name = "PWR"
    plain = dict.fromkeys(range(0x00, 0x30, 4), 0) | {0x00: 0xF000C000, 0x0C: 6, 0x18: 0x4000}
    _ALWAYS = {0x04: 1 << 13 | 3 << 14, 0x18: 1 << 13}

    def load(self, offset: int) -> int:
        value = super().load(offset) | self._ALWAYS.get(offset, 0)
        return value | (value & 1) << 16 if offset == 0x08 else value  # BRRDY


class _Debug(Registers):
    """DBGMCU: which chip this is, revision V."""

    name = "DBGMCU"
    plain = dict.fromkeys(range(0x00, 0x60, 4), 0) | {0x00: 0x20036450}


class H743(Chip):
    model, cpuid, half_word_ns = UC_CPU_ARM_CORTEX_M7, 0x411FC271, 20
    inside = LAYOUTS["H743"]
    memories = (
        *((0x00000000, 0x10000), (0x20000000, 0x20000), (0x24000000, 0x80000)),
        *((0x30000000, 0x48000), (0x38000000, 0x10000), (0x38800000, 0x1000)),
    )
    ports = "ABCDEFGHIJK"
    # DS12110, tables 9 to 19: of the pads that something may be wired to.
    functions = {
        ("D5", 7): "USART2_TX",
        ("D6", 7): "USART2_RX",
        ("D4", 7): "USART2_RTS",
        ("D3", 7): "USART2_CTS",
        ("D8", 7): "USART3_TX",
        ("D9", 7): "USART3_RX",
        ("C6", 7): "USART6_TX",
        ("C7", 7): "USART6_RX",
        ("B3", 6): "SPI3_SCK",
        ("B4", 6): "SPI3_MISO",
        ("B5", 7): "SPI3_MOSI",
        ("B3", 5): "SPI1_SCK",
        ("B4", 5): "SPI1_MISO",
        ("B5", 5): "SPI1_MOSI",
    }
    layout = NEW
    usart_places = {
        1: (0x40011000, 37),
        2: (0x40004400, 38),
        3: (0x40004800, 39),
        4: (0x40004C00, 52),
        5: (0x40005000, 53),
        6: (0x40011400, 71),
        7: (0x40007800, 82),
        8: (0x40007C00, 83),
    }
    spi_places = {1: (0x40013000, 35), 2: (0x40003800, 36), 3: (0x40003C00, 51)}
    dma_places = (0x40020000, 0x40020400)
    usb_places = (0x40040000, 0x40080000)
    clock_place, rtc_place, watchdog_place = 0x58024400, 0x58004000, 0x58004800

    def _map_system_memory(self) -> None:
        memory = self.processor.map(_SYSTEM, _SYSTEM_SIZE, writable=False)
        memory[_UNIQUE_ID : _UNIQUE_ID + 12] = b"emulatedH743"
        memory[_FLASH_KB : _FLASH_KB + 2] = (self.inside.size >> 10).to_bytes(2, "little")

    def _make_clocks(self, cause: str) -> ClocksH7:
        return ClocksH7(self.wiring.hse, cause, self.reset_block)

    def _port_place(self, letter: str) -> int:
        return _PORTS + 0x400 * self.ports.index(letter)

    def _new_spi(self, number: int, start: int, irq: int) -> SpiH7:
        return SpiH7(
            *(f"SPI{number}", start, self.scope, self._line(irq)),
            *(lambda: self.tree.spi(number), self.routes),
        )

    def _listens(self, dma: int, stream, request: str) -> bool:
        return self._mux.request(8 * dma + stream.number) == _REQUESTS[request]

    def _build_others(self) -> None:
        connect = self.processor.connect
        self._mux = DmaMux()
        controller = FlashH7(self.scope, self.flash)
        self.processor.on_flash_write = controller.on_store
        for start, block in (
            (0x40020800, self._mux),
            (0x52002000, controller),
            (0x58024800, _Power()),
            (0x5C001000, _Debug()),
            (0x48021800, Random()),
            (0x40022000, AdcH7()),
            (0x58026000, AdcH7()),
            *((at, held("I2C", (0x00, 0x28))) for at in (0x40005400, 0x40005800, 0x58001C00)),
            (0x40007400, held("DAC", (0x00, 0x4C))),
            (0x52004000, held("FMC", (0x00, 0xA4), (0x140, 0x158))),
            (0x58000400, held("SYSCFG", (0x00, 0x3C))),
            (0x58000000, held("EXTI", (0x00, 0x2C), (0x80, 0xBC))),
        ):
            connect(start, block)
