"""Enters and leaves exception handlers (ARMv7-M, B1.5.6 to B1.5.8).

unicorn does neither for a Cortex-M. Only the basic frame is put on the stack; the registers of the
floating-point unit are kept aside, so that a handler's stack is 72 bytes shorter than on silicon.
"""

import struct

from unicorn import arm_const as arm

from qsota_tools.emulated.cortex_m.engine import Engine
from qsota_tools.emulated.cortex_m.nvic import Nvic
from qsota_tools.emulated.cortex_m.registers import NotModelled

_FRAME = struct.Struct("<8I")
_STACKED = tuple(
    getattr(arm, f"UC_ARM_REG_{name}") for name in ("R0", "R1", "R2", "R3", "R12", "LR")
)
_FLOAT = (*(arm.UC_ARM_REG_D0 + n for n in range(8)), arm.UC_ARM_REG_FPSCR)
_XPSR, _SP = arm.UC_ARM_REG_XPSR, arm.UC_ARM_REG_SP
# XPSR as a whole cannot be written; this writes flags, IT and GE bits and exception number.
_XPSR_WRITE = arm.UC_ARM_REG_XPSR_NZCVQG
_THUMB, _ALIGNED, _KEPT = 1 << 24, 1 << 9, 0xF80F0000
_TO_THREAD, _TO_HANDLER = 0xFFFFFFF9, 0xFFFFFFF1
_IS_RETURN = 0xFFFFFFE0
_PROCESS_STACK = 2


def is_return(pc: int) -> bool:
    """Whether this is what a handler returns to, and no address."""
    return pc & _IS_RETURN == _IS_RETURN


class Exceptions:
    """read(address, size) and write(address, data) are the processor's memory."""

    def __init__(self, engine: Engine, nvic: Nvic, read, write):
        self._engine, self._nvic = engine, nvic
        self._read, self._write = read, write
        self._stacked, self._float = engine.batch(_STACKED), engine.batch(_FLOAT)
        self._floats: list[list[int]] = []

    def reset(self) -> None:
        self._floats.clear()

    def held_back(self, exception: int) -> bool:
        """Whether PRIMASK or BASEPRI lets it wait."""
        read = self._engine.get
        if read(arm.UC_ARM_REG_PRIMASK) & 1 or read(arm.UC_ARM_REG_FAULTMASK) & 1:
            return True
        base = read(arm.UC_ARM_REG_BASEPRI) & 0xF0
        return bool(base) and self._nvic.priority(exception) >= base

    def enter(self, exception: int, pc: int, vectors: int) -> int:
        """Returns where its handler begins; pc: of the instruction to come back to."""
        engine = self._engine
        if engine.get(arm.UC_ARM_REG_CONTROL) & _PROCESS_STACK:
            raise NotModelled("an exception while the process stack is in use")
        xpsr, sp = engine.get(_XPSR), engine.get(_SP)
        frame_at = (sp - _FRAME.size) & ~7
        xpsr = xpsr & ~_ALIGNED | (_ALIGNED if sp & 4 else 0)
        self._write(frame_at, _FRAME.pack(*self._stacked.get(), pc & ~1, xpsr))
        self._floats.append(self._float.get())
        engine.set(arm.UC_ARM_REG_LR, _TO_HANDLER if self._nvic.active else _TO_THREAD)
        self._nvic.enter(exception)
        engine.set(_XPSR_WRITE, xpsr & _KEPT | _THUMB | exception)
        engine.set(_SP, frame_at)
        return int.from_bytes(self._read(vectors + 4 * exception, 4), "little") | 1

    def leave(self) -> int:
        """The handler has returned; returns where to."""
        engine = self._engine
        self._nvic.leave()
        sp = engine.get(_SP)
        *stacked, pc, xpsr = _FRAME.unpack(self._read(sp, _FRAME.size))
        self._stacked.set(stacked)
        self._float.set(self._floats.pop())
        engine.set(_XPSR_WRITE, xpsr & ~_ALIGNED | _THUMB)
        engine.set(_SP, sp + _FRAME.size + (4 if xpsr & _ALIGNED else 0))
        return pc | 1
