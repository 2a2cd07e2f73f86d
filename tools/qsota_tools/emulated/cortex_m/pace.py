"""Counts what unicorn executes, and stops it in time, so that a run is the same each time.

unicorn's own means are no good for that: its timeout is the host's time, its count does not tell
how much ran when something else stopped it, and a hook in Python for each block of code is a tenth
as fast. So the hook is 20 lines of C, compiled once.
"""

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from unicorn import UC_HOOK_BLOCK
from unicorn.arm_const import UC_ARM_REG_BASEPRI, UC_ARM_REG_PRIMASK
from unicorn.unicorn_py3.unicorn import uclib

from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import cache
from qsota_tools.emulated.cortex_m.engine import Engine

_SOURCE = Path(__file__).with_name("pace.c")
AT_LIMIT, UNMASKED = 1, 2


class Pace(ctypes.Structure):
    """The struct of pace.c."""

    _fields_ = [
        ("executed", ctypes.c_uint64),
        ("limit", ctypes.c_uint64),
        ("stopped", ctypes.c_uint32),
        ("held", ctypes.c_uint32),
        ("primask", ctypes.c_int32),
        ("basepri", ctypes.c_int32),
        ("stop", ctypes.c_void_p),
        ("read_register", ctypes.c_void_p),
    ]

    @classmethod
    def attach(cls, engine: Engine) -> "Pace":
        """Hook it into the engine. UserError if it cannot be compiled."""
        pace = cls(primask=UC_ARM_REG_PRIMASK, basepri=UC_ARM_REG_BASEPRI)
        pace.stop, pace.read_register = _address(uclib.uc_emu_stop), _address(uclib.uc_reg_read)
        pace._hook = ctypes.c_size_t()
        failed = _add_hook()(
            *(engine.uc._uch, ctypes.byref(pace._hook), UC_HOOK_BLOCK),
            *(_address(_library().pace_block), ctypes.byref(pace), 1, 0),
        )
        if failed:
            raise RuntimeError(f"uc_hook_add: {failed}")
        return pace


def _address(function) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value


def _add_hook():
    """uc_hook_add() for a hook that is no Python function."""
    hook = ctypes.CDLL(uclib._name).uc_hook_add
    pointer = ctypes.c_void_p
    hook.argtypes = [pointer, pointer, ctypes.c_int, pointer, pointer]
    hook.argtypes += [ctypes.c_uint64, ctypes.c_uint64]  # from 1 to 0: for every address
    return hook


@functools.cache
def _library() -> ctypes.CDLL:
    path = _compiled()
    if not path.exists():
        _compile(path)
    return ctypes.CDLL(str(path))


def _compiled() -> Path:
    digest = hashlib.sha256(_SOURCE.read_bytes()).hexdigest()
    return cache() / f"pace-{digest[:16]}.so"


def _compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def missing() -> str | None:
    """What this machine lacks for an emulated STM32, in a sentence; None: nothing."""
    if _compiled().exists() or _compiler():
        return None
    return "an emulated STM32 needs a C compiler once: none of cc, gcc and clang was found"


def _compile(path: Path) -> None:
    if text := missing():
        raise UserError(text)
    compiler = _compiler()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")  # another process may be at it, too
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(fresh), str(_SOURCE)]
    found = subprocess.run(command, capture_output=True, text=True)
    if found.returncode:
        raise UserError(f"{compiler} cannot compile {_SOURCE.name}: {found.stderr.strip()}")
    fresh.replace(path)
