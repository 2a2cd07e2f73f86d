# A file in a ROMFS image: what open() returns.
import errno
import io

from micropython import const

_STREAM_CLOSE = const(4)
_STREAM_BUFFER_SIZE = const(11)
_IMPORT_BUFFER = const(255)  # the most that the importer takes at once
_LINE = const(64)


class RomFile(io.IOBase):
    """Reads as MicroPython's own files do; source_read(offset, buf) fills buf.

    C code, the importer's too, comes in through readinto() and ioctl().
    """

    def __init__(self, source_read, start, end, is_text):
        self._source_read = source_read
        self._start = self._at = start
        self._end = end
        self._is_text = is_text

    def readinto(self, buf, size=-1):
        view = memoryview(buf)
        if size >= 0:
            view = view[:size]
        view = view[: self._end - self._at]
        if view:
            self._source_read(self._at, view)
        self._at += len(view)
        return len(view)

    def read(self, size=-1):
        if size is None or size < 0:
            size = self._end - self._at
        return self._characters(size).decode() if self._is_text else self._take(size)

    def readline(self, size=-1):
        line = b""
        while True:
            piece = self._take(_LINE if size < 0 else min(_LINE, size - len(line)))
            end = piece.find(b"\n") + 1
            if end:
                self._at -= len(piece) - end
                piece = piece[:end]
            line += piece
            if end or not piece:
                return line.decode() if self._is_text else line

    def readlines(self):
        return list(self)

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def seek(self, offset, whence=0):
        at = (self._start, self._at, self._end)[whence] + offset
        if at < self._start:
            raise OSError(errno.EINVAL)
        self._at = min(at, self._end)
        return self.tell()

    def tell(self):
        return self._at - self._start

    def ioctl(self, request, arg):
        if request == _STREAM_BUFFER_SIZE:
            return _IMPORT_BUFFER
        return 0 if request == _STREAM_CLOSE else -errno.EINVAL

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        pass

    def _take(self, size):
        buf = bytearray(min(size, self._end - self._at))
        self.readinto(buf)
        return bytes(buf)

    def _characters(self, count):
        # UTF-8: a byte that continues a character has the top bits 10.
        data = self._take(count)
        missing = _continuing(data)
        while missing:
            more = self._take(missing)
            data += more
            missing = _continuing(more)
        while data and _continuing(self._peek()):
            data += self._take(1)
        return data

    def _peek(self):
        byte = self._take(1)
        self._at -= len(byte)
        return byte


def _continuing(data):
    return sum(1 for byte in data if byte & 0xC0 == 0x80)
