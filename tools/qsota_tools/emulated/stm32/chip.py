"""An STM32 without the parts that differ from family to family; those are in its subclasses."""

from collections.abc import Callable

from qsota_tools.emulated.cortex_m.clock import Scope
from qsota_tools.emulated.cortex_m.processor import Processor
from qsota_tools.emulated.cortex_m.registers import Registers
from qsota_tools.emulated.cortex_m.system import (
    SPACE,
    CycleCounter,
    SystemControl,
    SystemSpace,
    SysTick,
)
from qsota_tools.emulated.stm32.dma import Dma, Routes
from qsota_tools.emulated.stm32.flash_layout import BASE, FlashLayout
from qsota_tools.emulated.stm32.flash_memory import FlashMemory
from qsota_tools.emulated.stm32.gpio import Pads
from qsota_tools.emulated.stm32.nor import BitBanged, Nor
from qsota_tools.emulated.stm32.serial_line import SerialLine
from qsota_tools.emulated.stm32.small import RealTimeClock, UsbWithoutCable
from qsota_tools.emulated.stm32.spi_bus import SpiBus
from qsota_tools.emulated.stm32.usart import Layout, Usart
from qsota_tools.emulated.stm32.watchdog import Watchdog
from qsota_tools.emulated.stm32.wiring import Serial, SpiWires, Wiring

_CYCLES = 0xE0001000
_DMA_IRQS = ((11, 12, 13, 14, 15, 16, 17, 47), (56, 57, 58, 59, 60, 68, 69, 70))


class Chip:
    """content: of the flash inside; wiring: of its board. on_reset(cause) is told of a reset by
    the chip itself, "reset" or "watchdog", which takes place with the next restart().

    Peripherals are made anew for each reset; memories, wires and what is outside stay.
    """

    model: int
    cpuid: int
    half_word_ns: int
    inside: FlashLayout
    memories: tuple[tuple[int, int], ...]
    ports: str
    functions: dict[tuple[str, int], str]
    layout: Layout
    usart_places: dict[int, tuple[int, int]]  # number to address and interrupt
    spi_places: dict[int, tuple[int, int]]
    dma_places: tuple[int, int]
    usb_places: tuple[int, ...]
    clock_place: int
    rtc_place: int
    watchdog_place: int

    def __init__(self, content: bytes, wiring: Wiring):
        self.processor = Processor(self.model, self.half_word_ns)
        self.clock = self.processor.clock
        self.on_reset: Callable[[str], None] = lambda cause: None
        self.wiring = wiring
        memory = self.processor.map(BASE, self.inside.size, writable=False)
        memory[: len(content)] = content
        self.flash = FlashMemory(memory, self.inside)
        self.rams = [self.processor.map(start, size) for start, size in self.memories]
        self._serials: list[tuple[Serial, SerialLine]] = []
        self._nors: list[tuple[SpiWires, Nor]] = []
        self.scope = Scope(self.clock)
        self._map_system_memory()

    # What is outside

    def wire_serial(self, wires: Serial) -> SerialLine:
        """A partner on these pads."""
        line = SerialLine(self.clock, lambda: self._listener(wires), bool(wires.rts))
        self._serials.append((wires, line))
        return line

    def wire_nor(self, wires: SpiWires, nor: Nor) -> None:
        """A flash chip on these pads."""
        self._nors.append((wires, nor))

    def _listener(self, wires: Serial) -> Usart | None:
        name, _, signal = (self.pads.signal(wires.rx) or "").partition("_")
        usart = self.usarts.get(name) if signal == "RX" else None
        return usart if usart and usart.listening else None

    def _sent(self, name: str, byte: int) -> None:
        for wires, line in self._serials:
            if self.pads.signal(wires.tx) == f"{name}_TX":
                line.leave(byte)

    def _is_clear(self, name: str) -> bool:
        """Whether a partner holds the CTS of that USART low."""
        return any(
            wires.cts and self.pads.signal(wires.cts) == f"{name}_CTS"
            for wires, _ in self._serials
        )

    def _go_on(self) -> None:
        for _, line in self._serials:
            line.go_on()

    # Reset

    def restart(self, cause: str) -> None:
        """A reset; cause: "power", "reset" or "watchdog"."""
        self.scope.close()
        self.scope = Scope(self.clock)
        if cause == "power":
            self._backup = RealTimeClock()
            for _, nor in self._nors:
                nor.power_on()
        self._build(cause)
        self.processor.start(BASE)

    def _build(self, cause: str) -> None:
        connect = self.processor.connect
        self.pads = Pads(self.ports, self.functions)
        self.tree = self._make_clocks(cause)
        connect(self.clock_place, self.tree)
        connect(self.rtc_place, self._backup)
        watchdog = Watchdog(self.scope, lambda: self.on_reset("watchdog"))
        connect(self.watchdog_place, watchdog)
        for start in self.usb_places:
            connect(start, UsbWithoutCable(f"OTG at {start:#x}"), 0x1000)
        self._build_system()
        self._build_dma()
        self.usarts = {f"USART{n}": self._make_usart(n) for n in self.usart_places}
        self.spis = {f"SPI{n}": self._make_spi(n) for n in self.spi_places}
        self._build_others()
        self._wire_pads()

    def _build_system(self) -> None:
        processor = self.processor
        control = SystemControl(processor.nvic, self.cpuid, BASE, lambda: self.on_reset("reset"))
        systick = SysTick(self.scope, processor.nvic, self.tree.cpu)
        processor.control = control
        processor.connect(SPACE, SystemSpace(systick, processor.nvic, control), 0x1000)
        processor.connect(_CYCLES, CycleCounter(self.scope, self.tree.cpu), 0x1000)

    def _build_dma(self) -> None:
        processor, dmas = self.processor, []
        for number, (start, irqs) in enumerate(zip(self.dma_places, _DMA_IRQS, strict=True), 1):
            lines = [self._line(irq) for irq in irqs]
            dma = Dma(f"DMA{number}", lines, processor.read, processor.write)
            processor.connect(start, dma)
            dmas.append(dma)
        self.dmas = dmas
        self.routes = Routes(dmas, self._listens)

    def _line(self, irq: int) -> Callable[[bool], None]:
        return lambda active: self.processor.nvic.line(irq, active)

    def _make_usart(self, number: int) -> Usart:
        name, (start, irq) = f"USART{number}", self.usart_places[number]
        usart = Usart(
            name, self.layout, self.scope, self._line(irq), lambda: self.tree.usart(number)
        )
        usart.on_byte = lambda byte: self._sent(name, byte)
        usart.on_ready = self._go_on
        usart.clear_to_send = lambda: self._is_clear(name)
        self.processor.connect(start, usart)
        return usart

    def _make_spi(self, number: int) -> Registers:
        start, irq = self.spi_places[number]
        spi = self._new_spi(number, start, irq)
        self.processor.connect(start, spi)
        return spi

    def reset_block(self, name: str) -> None:
        """Code resets one peripheral by RCC."""
        number = int(name[-1])
        if name in self.usarts:
            self.usarts[name].power_off()
            self.usarts[name] = self._make_usart(number)
        elif name in self.spis:
            self.spis[name] = self._make_spi(number)
            self._wire_spi(name)

    def _wire_pads(self) -> None:
        for letter, port in self.pads.ports.items():
            self.processor.connect(self._port_place(letter), port)
        for pad, level in self.wiring.levels.items():
            port, pin = self.pads.at(pad)
            port.drive(pin, level)
        for name in self.spis:
            self._wire_spi(name)
        for wires, nor in self._nors:
            if wires.banged:
                BitBanged(nor, self.pads, wires.cs, wires.sck, wires.mosi, wires.miso)

    def _wire_spi(self, name: str) -> None:
        for wires, nor in self._nors:
            if not wires.banged:
                pads = {"SCK": wires.sck, "MISO": wires.miso, "MOSI": wires.mosi}
                bus = SpiBus(nor, self.pads, pads, wires.cs)
                self.spis[name].exchange = lambda data, bus=bus: bus.exchange(name, data)

    # Of the family

    def _map_system_memory(self) -> None:
        """Memory with what was put there when the chip was made."""
        raise NotImplementedError

    def _make_clocks(self, cause: str):
        raise NotImplementedError

    def _port_place(self, letter: str) -> int:
        raise NotImplementedError

    def _new_spi(self, number: int, start: int, irq: int):
        raise NotImplementedError

    def _listens(self, dma: int, stream, request: str) -> bool:
        """Whether that stream is set to a request such as SPI3_TX."""
        raise NotImplementedError

    def _build_others(self) -> None:
        """Peripherals that only this family has, and the flash controller."""
        raise NotImplementedError
