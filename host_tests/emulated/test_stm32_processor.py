"""A Cortex-M that executes a few instructions: needs unicorn and a C compiler, but no firmware."""

import struct

import pytest

pytest.importorskip("unicorn", reason="no unicorn: pip install 'qsota[emulated]'")

from qsota_tools.emulated.cortex_m import pace  # noqa: E402

if text := pace.missing():
    pytest.skip(text, allow_module_level=True)

from unicorn.arm_const import UC_ARM_REG_R0, UC_CPU_ARM_CORTEX_M4  # noqa: E402

from qsota_tools.emulated.cortex_m.clock import Scope  # noqa: E402
from qsota_tools.emulated.cortex_m.processor import Processor  # noqa: E402
from qsota_tools.emulated.cortex_m.registers import NotModelled, Registers  # noqa: E402
from qsota_tools.emulated.cortex_m.system import (  # noqa: E402
    SPACE,
    SystemControl,
    SystemSpace,
    SysTick,
)

FLASH, RAM, PERIPHERAL = 0x08000000, 0x20000000, 0x40000000
CODE, HANDLER = 0x100, 0x180  # offsets in the flash
IRQ = 3
NOP, WFI, LOOP, RETURN, UNMASK, MASK = 0xBF00, 0xBF30, 0xE7FE, 0x4770, 0xB662, 0xB672
COUNT = (0x3401, 0xE7FD)  # adds r4, #1; back to it
STORE, LOAD = 0x6001, 0x6802  # str r1, [r0]; ldr r2, [r0]
NS = 20


class Word(Registers):
    """A register that holds what is written, at the clock's time."""

    name, plain = "WORD", {0: 0}


class Machine:
    """Code at CODE, a handler of IRQ at HANDLER that stores r1 to [r0]."""

    def __init__(self, *code, handler=(STORE, RETURN)):
        self.processor = processor = Processor(UC_CPU_ARM_CORTEX_M4, NS)
        self.clock, self.nvic = processor.clock, processor.nvic
        self.flash = processor.map(FLASH, 0x1000, writable=False)
        self.ram = processor.map(RAM, 0x1000)
        self.resets = []
        control = SystemControl(
            processor.nvic, 0x410FC241, FLASH, lambda: self.resets.append("reset")
        )
        processor.control = control
        tick = SysTick(Scope(self.clock), self.nvic, lambda: 1_000_000)
        processor.connect(SPACE, SystemSpace(tick, self.nvic, control), 0x1000)
        self.word = Word()
        processor.connect(PERIPHERAL, self.word)
        vectors = [RAM + 0x1000, FLASH + CODE + 1] + [FLASH + HANDLER + 1] * 30
        self.flash[: 4 * len(vectors)] = struct.pack(f"<{len(vectors)}I", *vectors)
        self.put(CODE, *code)
        self.put(HANDLER, *handler)
        processor.start(FLASH)

    def put(self, at, *code):
        self.flash[at : at + 2 * len(code)] = struct.pack(f"<{len(code)}H", *code)

    def registers(self, **values):
        for name, value in values.items():
            self.processor._engine.set(UC_ARM_REG_R0 + int(name[1:]), value)

    def register(self, number):
        return self.processor._engine.get(UC_ARM_REG_R0 + number)

    def run(self, ns):
        end = self.clock.now() + ns
        while self.clock.now() < end:
            self.processor.step()


def test_time_passes_with_the_code_and_events_are_in_time():
    machine, found = Machine(*COUNT), []
    machine.clock.after(1_000, lambda: found.append((machine.clock.now(), machine.register(4))))
    machine.run(2_000)
    assert found[0][0] == 1_000
    assert found[0][1] == pytest.approx(1_000 / NS / 2, abs=1)


def test_a_run_is_the_same_each_time():
    def trace():
        machine, found = Machine(*COUNT), []
        for ns in range(700, 50_000, 900):
            machine.clock.after(ns, lambda: found.append(machine.register(4)))
        machine.run(50_000)
        return found

    assert trace() == trace()


def test_wfi_goes_to_the_next_event_at_once():
    """ARMv7-M, B1.5.17."""
    machine, found = Machine(WFI, LOOP), []
    machine.clock.after(5_000_000_000, lambda: found.append(machine.clock.now()))
    for _ in range(3):
        machine.processor.step()
    assert found == [5_000_000_000]


def test_a_handler_is_entered_and_left_and_the_code_goes_on():
    """ARMv7-M, B1.5.6 and B1.5.8."""
    machine = Machine(*COUNT)
    machine.registers(r0=PERIPHERAL, r1=0x1234)
    machine.nvic.write(0x100, 4, 1 << IRQ)
    machine.run(1_000)
    machine.nvic.pend(16 + IRQ)
    before = machine.register(4)
    machine.run(1_000)
    assert machine.word.values[0] == 0x1234
    assert machine.nvic.active == [] and machine.register(4) > before


def test_an_interrupt_that_is_not_enabled_waits():
    machine = Machine(*COUNT)
    machine.registers(r0=PERIPHERAL, r1=1)
    machine.nvic.pend(16 + IRQ)
    machine.run(1_000)
    assert machine.word.values[0] == 0
    machine.nvic.write(0x100, 4, 1 << IRQ)
    machine.run(1_000)
    assert machine.word.values[0] == 1


def test_a_masked_interrupt_is_taken_once_it_is_not_masked():
    """ARMv7-M, B1.4.3: PRIMASK; the window between two masks is short."""
    machine = Machine(MASK, *[NOP] * 40, UNMASK, 0xE7FF, MASK, 0xE7FE)
    machine.registers(r0=PERIPHERAL, r1=1)
    machine.nvic.write(0x100, 4, 1 << IRQ)
    machine.clock.after(200, lambda: machine.nvic.pend(16 + IRQ))
    machine.run(5_000)
    assert machine.word.values[0] == 1


def test_systick_interrupts_with_its_period():
    """ARMv7-M, B3.3: the handler counts in RAM."""
    machine = Machine(WFI, 0xE7FD, handler=(0x6802, 0x3201, 0x6002, RETURN))
    machine.registers(r0=RAM)
    machine.processor._store(SPACE + 0x14, 4, 999)  # at 1 MHz: each millisecond
    machine.processor._store(SPACE + 0x10, 4, 7)
    machine.run(10_500_000)
    assert int.from_bytes(machine.ram[:4], "little") == 10


def test_code_at_what_has_no_model_ends_the_run_and_the_place_is_told():
    machine = Machine(STORE, LOOP)
    machine.registers(r0=PERIPHERAL + 0x10000)
    with pytest.raises(NotModelled, match=r"pc 0x8000100.*no model of what is at 0x40010000"):
        machine.run(1_000)


def test_a_register_that_is_not_known_ends_the_run():
    machine = Machine(STORE, LOOP)
    machine.registers(r0=PERIPHERAL + 4, r1=7)
    with pytest.raises(NotModelled, match="WORD has no register 0x4 to write 0x7 to"):
        machine.run(1_000)


def test_a_fault_ends_the_run():
    machine = Machine(LOAD, LOOP)
    machine.registers(r0=0x90000000)
    with pytest.raises(NotModelled, match="the processor faults"):
        machine.run(1_000)


def test_a_store_to_flash_has_the_effect_that_its_controller_gives_it():
    machine, stores = Machine(STORE, LOAD, LOOP), []
    machine.processor.on_flash_write = lambda *store: stores.append(store)
    machine.registers(r0=FLASH + 0x800, r1=0x55)
    machine.run(1_000)
    assert stores == [(FLASH + 0x800, 4, 0x55)]
    assert machine.flash[0x800:0x804] == bytes(4)


def test_a_bit_of_the_bit_band_is_one_of_the_register_behind_it():
    """ARMv7-M, B3.1; RM0090, 2.3.3."""
    machine = Machine(STORE, LOAD, LOOP)
    machine.word.values[0] = 0x0F
    machine.registers(r0=0x42000000 + 4 * 5, r1=1)
    machine.run(1_000)
    assert machine.word.values[0] == 0x2F and machine.register(2) == 1


def test_code_asks_for_a_reset():
    """ARMv7-M, B3.2.6: AIRCR."""
    machine = Machine(STORE, LOOP)
    machine.registers(r0=SPACE + 0xD0C, r1=0x05FA0004)
    machine.run(1_000)
    assert machine.resets == ["reset"]


def test_what_a_part_has_planned_ends_with_its_reset():
    machine, found = Machine(*COUNT), []
    scope = Scope(machine.clock)
    scope.after(1_000, lambda: found.append("late"))
    scope.close()
    machine.run(2_000)
    assert found == []
