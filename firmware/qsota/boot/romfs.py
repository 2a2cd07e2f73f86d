# MicroPython's read-only ROMFS in pure Python, for stock builds without vfs.VfsRom.
# The image is a tree of records: kind, length (both varuint), payload. Unknown kinds are skipped.
# A directory is walked once, at the first look into it; then its names are found by bisection, in
# an index of 4 bytes for each.
import errno
from array import array
from io import BytesIO

from micropython import const

from qsota.errors import FlashError
from qsota.resident import phases

_PADDED_UINT = const(8)  # bytes of a number, padding included, before it counts as damage
_NAME_MAX = const(255)
_HEAD = const(40)  # read of a record at once: kind, length, length of the name, most names
_READS = const(3)
_SMALL = const(4096)

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
        self._source = source
        self._file = None  # the class of files, loaded for an application that opens one
        self._indexes = {}  # of the directories that were looked into, by their start
        size = len(source) if isinstance(source, memoryview) else source.size
        kind, self._start, self._end = self._record(0, size, bytearray(_HEAD))
        if kind != _FILESYSTEM:
            raise OSError(errno.EINVAL)

    def _read(self, offset, buf):
        # A read that fails is tried again, and is what MicroPython's own file systems make of it.
        source = self._source
        if isinstance(source, memoryview):
            buf[:] = source[offset : offset + len(buf)]
            return
        for _ in range(_READS):
            try:
                return source.read(offset, buf)
            except FlashError:
                pass
        raise OSError(errno.EIO)

    def mount(self, readonly, mkfs):
        if mkfs:
            raise OSError(errno.EPERM)

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
        if mode == "rb" and path.endswith(".mpy") and end - start < _SMALL:  # it is the importer
            data = bytearray(end - start)
            self._read(start, data)
            return BytesIO(data)
        if not self._file:
            self._file = phases.get("qsota.boot.romfile").RomFile
        return self._file(self._read, start, end, "b" not in mode)

    def _list(self, start, end, as_text):
        buf = bytearray(_HEAD)
        while start < end:
            kind, name, at, top = self._entry(start, end, buf)
            start = top
            if name is None:
                continue
            mode = _S_IFDIR
            if kind == _FILE:
                mode = _S_IFREG
                at, top = self._data(at, top)
            yield name.decode() if as_text else bytes(name), mode, 0, top - at

    def _find(self, path):
        # Mode, start and end of a directory's records or of a file's data.
        path = path.encode() if isinstance(path, str) else path
        if path.startswith(b"/"):
            path = path[1:]
        start, end = self._start, self._end
        while path:
            slash = path.find(b"/")
            name = path if slash < 0 else path[:slash]
            kind, start, end = self._enter(name, start, end)
            if kind == _FILE:
                if slash >= 0:
                    raise OSError(errno.ENOENT)
                start, end = self._data(start, end)
                return _S_IFREG, start, end
            path = path[len(name) + 1 :]
        return _S_IFDIR, start, end

    def _enter(self, name, start, end):
        # Kind, start and end of the first entry of that name.
        index = self._indexes.get(start)
        if index is None:
            index = self._indexes[start] = self._index(start, end)
        entries, damaged = index
        buf = bytearray(_HEAD)
        i = self._place(entries, len(entries), name, end, buf)
        if i < len(entries):
            kind, found, at, top = self._entry(entries[i], end, buf)
            if found == name:
                return kind, at, top
        raise OSError(errno.EINVAL if damaged else errno.ENOENT)

    def _place(self, entries, top, name, end, buf):
        # How many of the first `top` entries have names before that one.
        low = 0
        while low < top:
            middle = (low + top) >> 1
            if self._entry(entries[middle], end, buf)[1] < name:
                low = middle + 1
            else:
                top = middle
        return low

    def _index(self, at, end):
        # Where the entries of a directory are, by name, and whether there is damage behind them.
        buf = bytearray(_HEAD)
        entries, last, damaged = [], b"", False
        try:
            while at < end:
                _, name, _, top = self._entry(at, end, buf)
                if name is not None:
                    if name > last or not entries:  # images are built in this order
                        entries.append(at)
                        last = name
                    else:
                        # Behind its namesakes, of which the first one counts.
                        i = self._place(entries, len(entries), name + b"\0", end, buf)
                        entries.insert(i, at)
                at = top
        except OSError as error:
            if error.args[0] != errno.EINVAL:
                raise
            damaged = True
        return array("I", entries), damaged

    def _entry(self, at, end, buf):
        # Kind and name (None of what is neither file nor directory), start and end of the rest.
        kind, start, top = self._record(at, end, buf)
        if kind != _DIRECTORY and kind != _FILE:
            return kind, None, start, top
        i = start - at
        size = buf[i]
        i += 1
        if size > 0x7F:
            size, i = _uint(buf, i - 1)
        start = at + i
        if size > top - start or size > _NAME_MAX:
            raise OSError(errno.EINVAL)
        name = buf[i : i + size]
        if i + size > _HEAD:
            name = bytearray(size)
            self._read(start, name)
        return kind, name, start + size, top

    def _data(self, at, end):
        # Start and end of a file's content.
        buf = bytearray(_HEAD)
        while at < end:
            kind, start, top = self._record(at, end, buf)
            if kind == _VERBATIM:
                return start, top
            if kind == _POINTER:
                size, i = _uint(buf, start - at)
                offset, i = _uint(buf, i)
                if at + i > top or offset + size > self._end - self._start:
                    raise OSError(errno.EINVAL)
                return self._start + offset, self._start + offset + size
            at = top
        raise OSError(errno.EINVAL)

    def _record(self, at, end, buf):
        # Kind, start and end of the payload; buf is filled from the start of the record.
        room = end - at
        if room >= _HEAD:
            self._read(at, buf)
        else:
            self._read(at, memoryview(buf)[:room])
            buf[room:] = bytes(_HEAD - room)
        kind = buf[0]
        size = buf[1]
        i = 2
        if kind > 0x7F or size > 0x7F:  # mostly both are of one byte, and calls cost time
            kind, i = _uint(buf, 0)
            size, i = _uint(buf, i)
        if kind == _UNUSED or size > room - i:
            raise OSError(errno.EINVAL)
        return kind, at + i, at + i + size


def _uint(buf, i):
    # A number of 7 bits a byte, the highest first, and where it ends.
    value = buf[i]
    if value < 0x80:
        return value, i + 1
    value &= 0x7F
    for at in range(i + 1, min(i + _PADDED_UINT, _HEAD)):
        byte = buf[at]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + 1
    raise OSError(errno.EINVAL)


def adopt(files):
    """Have a file system that an earlier copy of this module has made go on with the code of this
    one, also where that runs right now."""
    kind = type(files)
    for name, value in RomFs.__dict__.items():
        if callable(value):
            setattr(kind, name, value)
