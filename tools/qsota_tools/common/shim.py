"""What MicroPython offers and CPython does not, so that `firmware/` runs unchanged on CPython.

Only names that stock MicroPython has are added; behaviour of the device code is never replaced.
"""

import asyncio
import collections
import gc
import sys
import time
import traceback
import types
import zlib
from collections.abc import Callable
from importlib.machinery import (
    FileFinder,
    ModuleSpec,
    NamespaceLoader,
    PathFinder,
    SourceFileLoader,
)

from qsota_tools.common.paths import FIRMWARE

_TICKS_PERIOD = 1 << 30


def _ticks_ms() -> int:
    source = time.ticks_source
    now = source() if source else time.monotonic_ns() // 1_000_000
    return now % _TICKS_PERIOD


def _ticks_diff(end: int, start: int) -> int:
    half = _TICKS_PERIOD // 2
    return (end - start + half) % _TICKS_PERIOD - half


class _RingIO:
    """micropython.RingIO: a stream of at most size bytes; what does not fit is not taken."""

    def __init__(self, size: int):
        self._size = size
        self._data = bytearray()

    def any(self) -> int:
        return len(self._data)

    def write(self, data: bytes) -> int:
        n = min(len(data), self._size - len(self._data))
        self._data += data[:n]
        return n

    def read(self, n: int) -> bytes:
        data = bytes(self._data[:n])
        del self._data[:n]
        return data


class _DeflateIO:
    """deflate.DeflateIO on a raw stream: like the C one it takes single bytes, none ahead of its
    need, and is of no use any more once it found none."""

    def __init__(self, stream: _RingIO, form: int, window_bits: int):
        if form != 1 or not 5 <= window_bits <= 15:
            raise ValueError("format or wbits")
        self._stream = stream
        # zlib takes no window below 512 bytes; a larger one decodes the same.
        self._inflate = zlib.decompressobj(-max(9, window_bits))
        self._broken = False

    def readinto(self, buf: memoryview) -> int:
        done = 0
        while done < len(buf) and not self._inflate.eof:
            data = self._next(len(buf) - done)
            buf[done : done + len(data)] = data
            done += len(data)
        return done

    def _next(self, limit: int) -> bytes:
        if self._broken:
            raise OSError(22)
        self._broken = True  # until this byte was of use
        try:
            # First what the bytes so far still yield: a match may be longer than the buffer was.
            data = self._inflate.decompress(self._inflate.unconsumed_tail, limit)
            if not data and not self._inflate.eof:
                byte = self._stream.read(1)
                if not byte:
                    raise EOFError
                data = self._inflate.decompress(byte, limit)
        except zlib.error:
            raise OSError(22) from None
        self._broken = False
        return data


def _deflate() -> types.ModuleType:
    module = types.ModuleType("deflate")
    module.RAW = 1
    module.DeflateIO = _DeflateIO
    return module


def _micropython() -> types.ModuleType:
    module = types.ModuleType("micropython")
    module.const = lambda value: value
    module.RingIO = _RingIO
    return module


class _Loader(SourceFileLoader):
    """Compiles a file once: the library unloads its own modules, and imports them again."""

    _codes: dict[str, types.CodeType] = {}

    def get_code(self, fullname: str) -> types.CodeType:
        path = self.get_filename(fullname)
        if path not in self._codes:
            self._codes[path] = super().get_code(fullname)
        return self._codes[path]


class _Folder(FileFinder):
    """Of a folder of the library."""

    def __init__(self, path: str):
        if not path.startswith(str(FIRMWARE)):
            raise ImportError
        super().__init__(path, (_Loader, [".py"]))


class _Finder:
    """Looks for a module of the library, or a folder of them, once, for the same reason; for one
    of a board's not at all: where somebody has put it into sys.modules, nobody asks here."""

    _found: dict[tuple[str, ...], ModuleSpec] = {}
    _OF_BOARDS = frozenset(("machine", "pyb", "rp2", "stm"))

    @classmethod
    def find_spec(cls, fullname: str, path=None, target=None) -> ModuleSpec | None:
        if fullname in cls._OF_BOARDS:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        if path is None or not fullname.startswith("qsota."):
            return None
        key = fullname, *path
        if key not in cls._found:
            spec = PathFinder.find_spec(fullname, path, target)
            if spec is None or not isinstance(spec.loader, _Loader | NamespaceLoader | None):
                return spec
            cls._found[key] = spec
        return cls._found[key]


def _made_once(make: Callable[..., type]) -> Callable[..., type]:
    """For a module of the library: its classes are those of its last import."""
    made: dict[tuple, type] = {}

    def namedtuple(name, fields, **options):
        module = options.setdefault("module", sys._getframe(1).f_globals["__name__"])
        if not module.startswith("qsota."):
            return make(name, fields, **options)
        key = module, name, fields
        if key not in made:
            made[key] = make(name, fields, **options)
        return made[key]

    return namedtuple


def _young(collect: Callable[[int], int]) -> Callable[..., int]:
    """The device collects whenever it has unloaded something. Here counting references has done
    most of that, and to look at all that a host keeps takes most of the time of a campaign. Who
    names a generation gets it."""
    return lambda generation=0: collect(generation)


def install() -> None:
    """Make `import qsota` work on CPython; calling it again changes nothing."""
    if "micropython" in sys.modules:
        return
    sys.modules["micropython"] = _micropython()
    sys.modules["deflate"] = _deflate()
    time.ticks_source = None
    time.ticks_ms = _ticks_ms
    time.ticks_diff = _ticks_diff
    time.sleep_ms = lambda ms: time.sleep(ms / 1000)
    time.ticks_add = lambda ticks, delta: (ticks + delta) % _TICKS_PERIOD
    asyncio.sleep_ms = lambda ms: asyncio.sleep(ms / 1000)
    asyncio.wait_for_ms = lambda awaitable, ms: asyncio.wait_for(awaitable, ms / 1000)
    sys.print_exception = traceback.print_exception
    gc.collect = _young(gc.collect)
    collections.namedtuple = _made_once(collections.namedtuple)
    sys.meta_path.insert(0, _Finder)
    sys.path_hooks.insert(0, _Folder)
    sys.path_importer_cache.clear()
    sys.path.insert(0, str(FIRMWARE))
