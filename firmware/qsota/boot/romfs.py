# MicroPython's read-only ROMFS in pure Python, for stock builds without vfs.VfsRom.
# The image is a tree of records: kind, length (both varuint), payload. Unknown kinds are skipped.
import errno

from micropython import const

from qsota.boot.romfile import RomFile, text

_PADDED_UINT = const(8)  # bytes of a number, padding included, before it counts as damage
_NAME_MAX = const(255)

_UNUSED = const(0)
_VERBATIM = const(2)
_POINTER = const(3)
_DIRECTORY = const(4)
_FILE = const(5)
_FILESYSTEM = const(0x14A6B1)

_S_IFDIR = const(0x4000)
_S_IFREG = const(0x8000)
_EROFS = const(30)
_EOPNOTSUPP = const(95)


class RomFs:
    """A file system for vfs.mount().

    source is a memoryview of the image, or has size and read(offset, buf). A damaged image
    raises OSError(EINVAL), at the latest where the damage is met.
    """

    def __init__(self, source):
        if isinstance(source, memoryview):
            source = _Memory(source)
        self._read = source.read
        kind, at = self._uint(0, source.size)
        size, at = self._uint(at, source.size)
        if kind != _FILESYSTEM or size > source.size - at:
            raise OSError(errno.EINVAL)
        self._start, self._end = at, at + size

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def chdir(self, path):
        if path != "/":  # as VfsRom has it
            raise OSError(_EOPNOTSUPP)

    def getcwd(self):
        return ""

    def stat(self, path):
        mode, start, end = self._find(path)
        return (mode, 0, 0, 0, 0, 0, end - start, 0, 0, 0)

    def statvfs(self, path):
        return (1, 0, self._end - self._start, 0, 0, 0, 0, 0, 0, 32767)

    def ilistdir(self, path):
        mode, start, end = self._find(path)
        if mode != _S_IFDIR:
            raise OSError(errno.ENOENT)
        return self._list(start, end, isinstance(path, str))

    def open(self, path, mode):
        for letter in "wa+":
            if letter in mode:
                raise OSError(_EROFS)
        kind, start, end = self._find(path)
        if kind == _S_IFDIR:
            raise OSError(errno.EISDIR)
        return RomFile(self._read, start, end, "b" not in mode)

    def _list(self, start, end, as_text):
        for kind, name, at, top in self._entries(start, end):
            mode = _S_IFDIR
            if kind == _FILE:
                mode = _S_IFREG
                at, top = self._data(at, top)
            yield text(name) if as_text else name, mode, 0, top - at

    def _find(self, path):
        # Mode, start and end of a directory's records or of a file's data.
        path = path.encode() if isinstance(path, str) else path
        if path.startswith(b"/"):
            path = path[1:]
        start, end = self._start, self._end
        while path:
            kind, name, start, end = self._enter(path, start, end)
            path = path[len(name) :]
            if kind == _FILE:
                if path:
                    raise OSError(errno.ENOENT)
                start, end = self._data(start, end)
                return _S_IFREG, start, end
            path = path[1:]
        return _S_IFDIR, start, end

    def _enter(self, path, start, end):
        for entry in self._entries(start, end):
            name = entry[1]
            if path == name or path.startswith(name + b"/"):
                return entry
        raise OSError(errno.ENOENT)

    def _entries(self, start, end):
        for kind, at, top in self._records(start, end):
            if kind == _DIRECTORY or kind == _FILE:
                size, at = self._uint(at, top)
                if size > min(top - at, _NAME_MAX):
                    raise OSError(errno.EINVAL)
                yield kind, self._bytes(at, size), at + size, top

    def _data(self, start, end):
        for kind, at, top in self._records(start, end):
            if kind == _VERBATIM:
                return at, top
            if kind == _POINTER:
                size, at = self._uint(at, top)
                offset, at = self._uint(at, top)
                if offset + size > self._end - self._start:
                    raise OSError(errno.EINVAL)
                return self._start + offset, self._start + offset + size
        raise OSError(errno.EINVAL)

    def _records(self, at, end):
        while at < end:
            kind, at = self._uint(at, end)
            size, at = self._uint(at, end)
            if kind == _UNUSED or size > end - at:
                raise OSError(errno.EINVAL)
            yield kind, at, at + size
            at += size

    def _uint(self, at, end):
        value = 0
        for byte in self._bytes(at, min(_PADDED_UINT, end - at)):
            at += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value, at
        raise OSError(errno.EINVAL)

    def _bytes(self, at, size):
        buf = bytearray(size)
        self._read(at, buf)
        return bytes(buf)


class _Memory:
    def __init__(self, view):
        self._view = view
        self.size = len(view)

    def read(self, offset, buf):
        buf[:] = self._view[offset : offset + len(buf)]
