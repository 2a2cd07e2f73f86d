"""The processor's own registers from 0xE0000000 on: SysTick, system control, cycle counter."""

from collections.abc import Callable

from qsota_tools.emulated.cortex_m.clock import Scope
from qsota_tools.emulated.cortex_m.nvic import PENDSV, SYSTICK, Nvic
from qsota_tools.emulated.cortex_m.registers import NotModelled, Registers

SPACE = 0xE000E000
_CONTROL, _RELOAD, _VALUE, _CALIBRATION = 0x10, 0x14, 0x18, 0x1C
_ENABLE, _INTERRUPT, _PROCESSOR_CLOCK, _COUNTED = 1, 2, 4, 1 << 16


class SysTick(Registers):
    """B3.3. hertz() is the processor's clock."""

    name = "SysTick"

    def __init__(self, clock: Scope, nvic: Nvic, hertz: Callable[[], int]):
        super().__init__()
        self._clock, self._nvic, self._hertz = clock, nvic, hertz
        self._control = self._reload = 0
        self._counted = False
        self._event = None

    def load(self, offset: int) -> int:
        if offset == _CONTROL:
            counted, self._counted = self._counted, False
            return self._control | counted * _COUNTED
        if offset == _RELOAD:
            return self._reload
        if offset == _VALUE:
            return self._value()
        if offset == _CALIBRATION:
            return 0  # none is known
        return super().load(offset)

    def store(self, offset: int, value: int) -> None:
        if offset == _CONTROL:
            self._control = value & 7
            self._start()
        elif offset == _RELOAD:
            self._reload = value & 0xFFFFFF
        elif offset == _VALUE:
            self._counted = False
            self._start()
        else:
            super().store(offset, value)

    def _period_ns(self) -> int:
        return (self._reload + 1) * 1_000_000_000 // self._hertz()

    def _start(self) -> None:
        self._clock.cancel(self._event)
        self._event = None
        if self._control & _ENABLE and self._reload:
            if not self._control & _PROCESSOR_CLOCK:
                raise NotModelled("SysTick: another clock than the processor's")
            self._event = self._clock.after(self._period_ns(), self._expire)

    def _expire(self) -> None:
        self._counted = True
        self._event = self._clock.after(self._period_ns(), self._expire)
        if self._control & _INTERRUPT:
            self._nvic.pend(SYSTICK)

    def _value(self) -> int:
        if self._event is None:
            return 0
        left = self._event.time - self._clock.now()
        return min(self._reload, left * self._hertz() // 1_000_000_000)


_CPUID, _ICSR, _VTOR, _AIRCR, _SCR, _CCR = 0xD00, 0xD04, 0xD08, 0xD0C, 0xD10, 0xD14
_KEY, _RESET_REQUEST = 0x05FA, 1 << 2
# ACTLR, SHCSR, fault status and addresses, cache sizes, CPACR, the MPU, DEMCR, the FPU's: held. No
# fault is taken: it ends the run. The MPU protects nothing, and there is no cache.
_PLAIN = (
    *(0x008, _SCR, _CCR, 0xD24, 0xD28, 0xD2C, 0xD30, 0xD34, 0xD38, 0xD3C, 0xD80, 0xD84, 0xD88),
    *range(0xD90, 0xDBC, 4),
    *(0xDFC, 0xF34, 0xF38, 0xF3C),
)
_CACHE_OPERATIONS = range(0xF50, 0xF80, 4)
_DEEP_SLEEP = 1 << 2


class SystemControl(Registers):
    """B3.2. vectors: where their table is; on_reset() is told of a request."""

    name = "SCB"
    plain = dict.fromkeys(_PLAIN, 0)

    def __init__(self, nvic: Nvic, cpuid: int, vectors: int, on_reset: Callable[[], None]):
        super().__init__()
        self._nvic, self._cpuid, self._on_reset = nvic, cpuid, on_reset
        self.vectors = vectors

    def load(self, offset: int) -> int:
        if offset == _CPUID:
            return self._cpuid
        if offset == _ICSR:
            active = self._nvic.active[-1] if self._nvic.active else 0
            pending = self._nvic.is_pending
            return active | pending(PENDSV) << 28 | pending(SYSTICK) << 26
        if offset == _VTOR:
            return self.vectors
        if offset == _AIRCR:
            return 0xFA050000
        return super().load(offset)

    def store(self, offset: int, value: int) -> None:
        if offset == _ICSR:
            self._set_pending(value)
        elif offset == _VTOR:
            self.vectors = value
        elif offset == _AIRCR:
            if value >> 16 == _KEY and value & _RESET_REQUEST:
                self._on_reset()
        elif offset == _SCR and value & _DEEP_SLEEP:
            raise NotModelled("the processor goes to deep sleep")
        elif offset not in _CACHE_OPERATIONS:
            super().store(offset, value)

    def _set_pending(self, value: int) -> None:
        for bit, exception in ((28, PENDSV), (26, SYSTICK)):
            if value >> bit & 1:
                self._nvic.pend(exception)
            if value >> bit - 1 & 1:
                self._nvic.unpend(exception)


_DWT_CONTROL, _CYCLES, _DWT_LOCK = 0x000, 0x004, 0xFB0


class CycleCounter(Registers):
    """The DWT's (C1.8)."""

    name = "DWT"
    plain = {_DWT_CONTROL: 0x40000000, _DWT_LOCK: 0}

    def __init__(self, clock: Scope, hertz: Callable[[], int]):
        super().__init__()
        self._clock, self._hertz, self._zero = clock, hertz, 0

    def _count(self) -> int:
        return self._clock.now() * self._hertz() // 1_000_000_000

    def load(self, offset: int) -> int:
        if offset == _CYCLES:
            return self._count() - self._zero & 0xFFFFFFFF
        return super().load(offset)

    def store(self, offset: int, value: int) -> None:
        if offset == _CYCLES:
            self._zero = self._count() - value
        else:
            super().store(offset, value)


class SystemSpace(Registers):
    """0xE000E000 to 0xE000EFFF: each register at the part that has it."""

    def __init__(self, systick: SysTick, nvic: Nvic, control: SystemControl):
        super().__init__()
        self._systick, self._nvic, self._control = systick, nvic, control

    def _part(self, offset: int):
        if _CONTROL <= offset <= _CALIBRATION:
            return self._systick
        return self._nvic if self._nvic.has(offset) else self._control

    def read(self, offset: int, size: int) -> int:
        return self._part(offset).read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        self._part(offset).write(offset, size, value)
