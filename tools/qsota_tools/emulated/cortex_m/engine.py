"""unicorn's engine for a Cortex-M, by the functions of its library.

The package's own wrappers take several times as long as what they wrap; they would be called
hundreds of thousands of times for a second of emulated time.
"""

import ctypes
from collections.abc import Callable, Sequence

from unicorn import (
    UC_ARCH_ARM,
    UC_HOOK_INTR,
    UC_HOOK_MEM_WRITE_PROT,
    UC_MODE_THUMB,
    UC_PROT_ALL,
    UC_PROT_EXEC,
    UC_PROT_READ,
    Uc,
)
from unicorn.unicorn_py3.unicorn import uclib

_NOWHERE = 0xFFFFFFFF
_LOAD = ctypes.CFUNCTYPE(
    ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint, ctypes.c_void_p
)
_STORE = ctypes.CFUNCTYPE(
    *(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint, ctypes.c_uint64, ctypes.c_void_p)
)


class Engine:
    """model: unicorn's number of the core. No callback may raise an exception."""

    def __init__(self, model: int):
        # Without UC_MODE_MCLASS, which would make every model a Cortex-M33.
        self.uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB)
        self.uc.ctl_set_cpu_model(model)
        self._handle = self.uc._uch
        self._value = ctypes.c_uint64()
        self._reference = ctypes.byref(self._value)
        self._kept: list = []  # what only the library refers to

    def map(self, start: int, size: int, pointer: int, writable: bool) -> None:
        """Memory of this process."""
        access = UC_PROT_ALL if writable else UC_PROT_READ | UC_PROT_EXEC
        self.uc.mem_map_ptr(start, size, access, pointer)

    def map_bus(
        self,
        start: int,
        size: int,
        load: Callable[[int, int], int],
        store: Callable[[int, int, int], None],
    ) -> None:
        """load(address, size) and store(address, size, value) are called for accesses there."""

        def loads(handle, offset, size, data):
            return load(start + offset, size)

        def stores(handle, offset, size, value, data):
            store(start + offset, size, value)

        calls = _LOAD(loads), _STORE(stores)
        self._kept.append(calls)
        self._check(uclib.uc_mmio_map(self._handle, start, size, calls[0], 0, calls[1], 0))

    def hook(self, on_interrupt: Callable[[int], None], on_protected: Callable) -> None:
        """on_interrupt(number) of unicorn's; on_protected(address, size, value): code stores to
        memory that is not writable, and that store takes place all the same."""

        def protected(uc, access, address, size, value, data) -> bool:
            on_protected(address, size, value & (1 << 8 * size) - 1)
            return True

        self.uc.hook_add(UC_HOOK_INTR, lambda uc, number, data: on_interrupt(number))
        self.uc.hook_add(UC_HOOK_MEM_WRITE_PROT, protected)

    def run(self, pc: int) -> int:
        """Until something stops it; returns unicorn's error, 0 if there is none."""
        return uclib.uc_emu_start(self._handle, pc, _NOWHERE, 0, 0)

    def stop(self) -> None:
        uclib.uc_emu_stop(self._handle)

    def get(self, register: int) -> int:
        self._value.value = 0
        uclib.uc_reg_read(self._handle, register, self._reference)
        return self._value.value

    def set(self, register: int, value: int) -> None:
        self._value.value = value
        uclib.uc_reg_write(self._handle, register, self._reference)

    def batch(self, registers: Sequence[int]) -> "Batch":
        """Registers that are read and written together."""
        return Batch(self._handle, registers)

    def _check(self, error: int) -> None:
        if error:
            raise RuntimeError(f"unicorn's error {error}")


class Batch:
    """Some registers, in one call for all of them."""

    def __init__(self, handle: int, registers: Sequence[int]):
        count = len(registers)
        self._handle, self._count = handle, count
        self._numbers = (ctypes.c_int * count)(*registers)
        self._values = (ctypes.c_uint64 * count)()
        start = ctypes.addressof(self._values)
        self._places = (ctypes.c_void_p * count)(*(start + 8 * n for n in range(count)))

    def get(self) -> list[int]:
        ctypes.memset(self._values, 0, ctypes.sizeof(self._values))
        uclib.uc_reg_read_batch(self._handle, self._numbers, self._places, self._count)
        return self._values[:]

    def set(self, values: Sequence[int]) -> None:
        self._values[:] = values
        uclib.uc_reg_write_batch(self._handle, self._numbers, self._places, self._count)
