# The library as one file of the root, qsota.pack, which is how `qsota flash` installs it: LittleFS
# takes 15 ms to find each small file in a folder, and a block of flash for it. This code is
# qsota.mpy then, the module `qsota`. A library that mip has installed is plain files, without it.
#
# All numbers in a pack are of 4 bytes, the lowest first: how many files and folders there are; for
# each its key and its place, 0 for a folder, and above the lower 20 bits of that where in the file
# the bytecode begins (in_place.py); and at each place the file's size, what it holds, how many
# bytes of names follow, and the names of the modules that this one imports, with all that these
# import before them.
import sys

from micropython import const

# None of these is a file, and to look for one takes 8 ms.
_path, sys.path[:] = sys.path[:], (".frozen",)
from binascii import crc32  # noqa: E402
from io import BytesIO  # noqa: E402
from os import getcwd  # noqa: E402

sys.path[:] = _path

_POINT = "/qsota"
# The module that is on its way; this package is always the root's, and has nothing else that
# begins with this.
_ANY = "qsota.boot._"
_STEM = "/boot/_"
_SHARED = "/boot/_.mpy"
_IN_PLACE = "qsota.boot.in_place"
_PLACE = const(0xFFFFF)
_ENOENT = const(2)
_DIRECTORY = (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
_FILE = (0x8000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
_NOTHING = (1, 0, 0, 0, 0, 0, 0, 0, 1, 255)


def key(path):
    """The 4 bytes that stand for a path in the pack, such as /boot/record.mpy."""
    return crc32(path.encode()).to_bytes(4, "little")


class Packed:
    """A file system for vfs.mount(), of what is in the pack at that path. It is for the importer:
    nothing is listed, since names are not kept.

    flash: where code runs in place, (address, size, size of a block) of the root, or None. For
    in_place.py: path; size, of the file that was opened last; chain, which it keeps there.
    """

    flash = chain = None

    def __init__(self, path):
        self.path = path
        self._file = self._index = self._shared = None

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        self.rest()

    def rest(self):
        """Hold no memory until the next import."""
        if self._file:
            self._file.close()
        self._file = self._index = None

    def stat(self, path):
        if path.startswith(_STEM):  # at every import: three times
            if path == _SHARED:
                return _FILE
            raise OSError(_ENOENT)
        return _FILE if self._place(path) else _DIRECTORY

    def statvfs(self, path):
        return _NOTHING

    def ilistdir(self, path):
        return iter(())

    def open(self, path, mode):
        """The file as a stream of bytes: in memory, or the pack itself, which is closed with it,
        where there is no room for them. What it imports is loaded by then: an import within an
        import takes 1 KB of the processor's stack, and a Pico has 8 KB."""
        place = self._shared
        if path != _SHARED:
            place = self._place(path)
            self._bring(place)
        size = self.size = self._number(place)
        try:
            return BytesIO(self._file.read(size))
        except MemoryError:
            stream, self._file = self._file, None
        stream.seek((place & _PLACE) + 4)
        return stream

    def load(self, name):
        """Import a module by a path that all of them have here: MicroPython keeps each path that
        an import statement has found."""
        if name not in sys.modules:
            place = self._find(name)
            self._bring(place)
            self._import(name, place)

    def _find(self, name):
        return self._place(name[len("qsota") :].replace(".", "/") + ".mpy")

    def _bring(self, place):
        # What the file there imports is loaded, one after the other.
        end = place + 4 + self._number(place)
        size = self._number(end)
        names = self._file.read(size).decode().split()
        if self.flash:
            names.insert(0, _IN_PLACE)
        for name in names:
            if name not in sys.modules:
                self._import(name, self._find(name))

    def _import(self, name, place):
        modules = sys.modules
        if _ANY in modules:  # within an import
            __import__(name)
            return
        self._shared = place
        last = name[len("qsota.") :]
        try:
            __import__(_ANY)
            modules.update(**{name: modules[_ANY]})  # a key that no memory is taken for
            if "." not in last:  # what applications import, too
                setattr(modules["qsota"], last, modules[name])
        finally:
            # MicroPython takes out a module whose import fails, and its table refers to it all the
            # same, and so to what that has imported: 10 KB, just when there is no memory.
            modules[_ANY] = None
            modules.pop(_ANY)
            modules["qsota.boot"]._ = None
        self._take(name, place)

    def move(self, name, running):
        """Have the code of a module that is loaded run in place, but for a function that runs."""
        place = self._find(name)
        self._bring(place)
        self.size = self._number(place)
        self._take(name, place, running)

    def _take(self, name, place, running=None):
        modules = sys.modules
        if self.flash and _IN_PLACE in modules:
            try:
                modules[_IN_PLACE].take(self, modules[name], place, running)
            except (MemoryError, RuntimeError):
                # Neither heap nor stack was left: this one has its code in memory, as where flash
                # has no addresses.
                pass
            except Exception:
                self.flash = None  # and so have all from now on

    def _place(self, path):
        if self._index is None:
            size = 8 * self._number(0)
            self._index = self._file.read(size)
        at = self._index.find(key(path))
        if at % 8:  # -1, or by chance within another's
            raise OSError(_ENOENT)
        return int.from_bytes(self._index[at + 4 : at + 8], "little")

    def _number(self, place):
        """The number there; the file is read on behind it."""
        if self._file is None:
            self._file = open(self.path, "rb")
        self._file.seek(place & _PLACE)
        return int.from_bytes(self._file.read(4), "little")


def serve(file):
    """Mount the pack beside that file; returns the `__path__` of the package, and what was
    mounted."""
    import vfs

    path = file[: -len("mpy")] + "pack"
    if not path.startswith("/"):  # that it was found in: programs may go elsewhere
        path = getcwd().rstrip("/") + "/" + path
    system = Packed(path)
    try:
        vfs.umount(_POINT)  # that of before, if a host has thrown the modules away
    except OSError:
        pass
    vfs.mount(system, _POINT, readonly=True)
    return _POINT, system


if __name__ == "qsota":
    __path__, pack = serve(__file__)
