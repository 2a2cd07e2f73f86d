"""STM32F405 (RM0090, DS8626) and what it has in common with other F4s."""

from unicorn.arm_const import UC_CPU_ARM_CORTEX_M4

from qsota_tools.emulated.cortex_m.registers import Registers
from qsota_tools.emulated.stm32.adc import AdcF4
from qsota_tools.emulated.stm32.chip import Chip
from qsota_tools.emulated.stm32.clocks_f4 import ClocksF4
from qsota_tools.emulated.stm32.flash_f4 import FlashF4
from qsota_tools.emulated.stm32.flash_layout import LAYOUTS
from qsota_tools.emulated.stm32.small import Random, held
from qsota_tools.emulated.stm32.spi_f4 import SpiF4
from qsota_tools.emulated.stm32.usart import OLD

_SYSTEM, _SYSTEM_SIZE, _UNIQUE_ID, _FLASH_KB = 0x1FFF0000, 0x10000, 0x7A10, 0x7A22
_PORTS = 0x40020000
# DMA, stream and channel of each request (RM0090, tables 42 and 43); the F411 has the same.
_REQUESTS = {
    "SPI1_RX": {(2, 0, 3), (2, 2, 3)},
    "SPI1_TX": {(2, 3, 3), (2, 5, 3)},
    "SPI2_RX": {(1, 3, 0)},
    "SPI2_TX": {(1, 4, 0)},
    "SPI3_RX": {(1, 0, 0), (1, 2, 0)},
    "SPI3_TX": {(1, 5, 0), (1, 7, 0)},
}


class _Power(Registers):
    """PWR (RM0090, 5.5): the voltage is there at once."""

    name = "PWR"
    plain = {0x00: 0x4000, 0x04: 0}

    def load(self, offset: int) -> int:
        value = super().load(offset)
        return value | 1 << 14 | (value >> 9 & 1) << 3 if offset == 0x04 else value

    def store(self, offset: int, value: int) -> None:
        super().store(offset, value & ~(1 << 14 | 1 << 3) if offset == 0x04 else value)


class _Debug(Registers):
    """DBGMCU: which chip this is."""

    name = "DBGMCU"

    def __init__(self, id_code: int):
        self.plain = {0x00: id_code, 0x04: 0, 0x08: 0, 0x0C: 0}
        super().__init__()


class F4(Chip):
    """id_code: of DBGMCU; serial: 12 bytes of the unique one."""

    model, cpuid, half_word_ns = UC_CPU_ARM_CORTEX_M4, 0x410FC241, 20
    id_code: int
    serial: bytes
    # DS8626 table 9, DS10314 table 9: of the pads that something may be wired to.
    functions = {
        ("A2", 7): "USART2_TX",
        ("A3", 7): "USART2_RX",
        ("A1", 7): "USART2_RTS",
        ("A0", 7): "USART2_CTS",
        ("A9", 7): "USART1_TX",
        ("A10", 7): "USART1_RX",
        ("A5", 5): "SPI1_SCK",
        ("A6", 5): "SPI1_MISO",
        ("A7", 5): "SPI1_MOSI",
        ("B13", 5): "SPI2_SCK",
        ("B14", 5): "SPI2_MISO",
        ("B15", 5): "SPI2_MOSI",
    }
    layout = OLD
    spi_places = {1: (0x40013000, 35), 2: (0x40003800, 36), 3: (0x40003C00, 51)}
    dma_places = (0x40026000, 0x40026400)
    clock_place, rtc_place, watchdog_place = 0x40023800, 0x40002800, 0x40003000

    def _map_system_memory(self) -> None:
        memory = self.processor.map(_SYSTEM, _SYSTEM_SIZE, writable=False)
        memory[_UNIQUE_ID : _UNIQUE_ID + 12] = self.serial
        memory[_FLASH_KB : _FLASH_KB + 2] = (self.inside.size >> 10).to_bytes(2, "little")

    def _make_clocks(self, cause: str) -> ClocksF4:
        return ClocksF4(self.wiring.hse, cause, self.reset_block)

    def _port_place(self, letter: str) -> int:
        return _PORTS + 0x400 * "ABCDEFGHI".index(letter)

    def _new_spi(self, number: int, start: int, irq: int) -> SpiF4:
        return SpiF4(
            *(f"SPI{number}", start, self.scope, lambda: self.tree.spi(number), self.routes)
        )

    def _listens(self, dma: int, stream, request: str) -> bool:
        return (dma + 1, stream.number, stream.channel) in _REQUESTS[request]

    def _build_others(self) -> None:
        connect = self.processor.connect
        controller = FlashF4(self.scope, self.flash)
        self.processor.on_flash_write = controller.on_store
        for dma in self.dmas:
            dma.on_start = self._start_transfers
        for start, block in (
            (0x40023C00, controller),
            (0x40007000, _Power()),
            (0x40012000, AdcF4()),
            (0xE0042000, _Debug(self.id_code)),
            (0x40013800, held("SYSCFG", (0x00, 0x20))),
            *((at, held("I2C", (0x00, 0x24))) for at in (0x40005400, 0x40005800, 0x40005C00)),
            (0x40007400, held("DAC", (0x00, 0x34))),
            (0x40013C00, held("EXTI", (0x00, 0x14))),
        ):
            connect(start, block)

    def _start_transfers(self) -> None:
        for spi in self.spis.values():
            spi.go_on()


class F405(F4):
    inside = LAYOUTS["F405"]
    memories = ((0x10000000, 0x10000), (0x20000000, 0x20000))
    ports = "ABCDEFGHI"
    id_code, serial = 0x10076413, b"emulatedF405"
    usart_places = {
        1: (0x40011000, 37),
        2: (0x40004400, 38),
        3: (0x40004800, 39),
        4: (0x40004C00, 52),
        5: (0x40005000, 53),
        6: (0x40011400, 71),
    }
    usb_places = (0x40040000, 0x50000000)

    def _build_others(self) -> None:
        super()._build_others()
        self.processor.connect(0x50060800, Random())
