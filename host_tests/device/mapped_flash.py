# Memory and flash with addresses, for in_place.py: the objects of functions are as MicroPython
# makes them, in memory that is made here, and LittleFS's blocks are in flash.
import io
import struct
import sys

from rig import Module
from util import with_modules

RAM, FLASH = 0x20000000, 0x10000000
BLOCK = 512
BLOCKS = 24
WORD = struct.calcsize("P")
IN_PLACE = "qsota.boot.in_place"
PLAIN, STEPS = b"\x01\x02plain" * 5, b"\x01\x02steps" * 6  # of in_place's own two


class Words:
    """uctypes.struct() of an array of words."""

    def __init__(self, memory, at, layout):
        # The layout's constants are known to MicroPython's compiler: there they are never ours.
        self._memory, self._at, self._size = memory, at, WORD

    def __getitem__(self, i):
        return int.from_bytes(self._memory.read(self._at + i * self._size, self._size), "little")

    def __setitem__(self, i, value):
        self._memory.write(self._at + i * self._size, value.to_bytes(self._size, "little"))


class Memory:
    """What is at which address; anything else cannot be read."""

    def __init__(self):
        self.flash = bytearray(b"\xff" * (BLOCK * BLOCKS))
        self.ram = bytearray(1 << 14)
        self._top = RAM + 16
        self._addresses = {}
        self._keep = []

    def read(self, at, size):
        part, base = (self.ram, RAM) if at >= RAM else (self.flash, FLASH)
        assert 0 <= at - base and at - base + size <= len(part), hex(at)
        return bytes(part[at - base : at - base + size])

    def write(self, at, data):
        assert at >= RAM, "flash is not written"
        self.ram[at - RAM : at - RAM + len(data)] = data

    def put(self, data):
        """Data at an address of its own in memory."""
        at = self._top
        self.write(at, data)
        self._top += (len(data) + 31) // 16 * 16
        return at

    def address(self, thing):
        """What id() says of an object."""
        key = id(thing)
        if key not in self._addresses:
            self._keep.append(thing)
            self._addresses[key] = self.put(bytes(32))
        return self._addresses[key]

    def uctypes(self):
        def words(at, layout):
            return Words(self, at, layout)

        reads = {"struct": words, "bytes_at": self.read, "bytearray_at": self.read}
        return Module(ARRAY=0, UINT32=4, UINT64=8, **reads)


def code(name):
    """The bytecode that a function is to have."""
    return b"\x03\x04" + name.encode() * 3


def number(value):
    """7 bits a byte, the highest first."""
    if value < 0x80:
        return bytes([value])
    return bytes([value >> 7 | 0x80, value & 0x7F])


def file_of(codes):
    """(the start of its bytecode, file) of a module with functions of these bytecodes; the first
    one has another one within it."""
    names = b"M\x06\x00\x1f" + bytes(90)
    own = b"\x05\x06its own\x63"
    body = number(len(own) << 3 | 4) + own + number(len(codes))
    for i, each in enumerate(codes):
        body += number(len(each) << 3 | (4 if i == 0 else 0)) + each
        if i == 0:
            within = b"\x07\x08within\x63"
            body += b"\x80\x01" + number(len(within) << 3) + within  # one, in two bytes
    return len(names), names + body


def blocks_of(data, block=BLOCK):
    """LittleFS's blocks of a file, without the pointers, and how many pointers each has."""
    at = i = 0
    while at < len(data):
        pointers = 0
        while i and not (i >> pointers) & 1:
            pointers += 1
        pointers += i > 0
        room = block - 4 * pointers
        yield data[at : at + room], pointers
        at += room
        i += 1


class Bench:
    """in_place.py, newly loaded, with a pack in flash: of its own file, and of one with codes."""

    def __init__(self, codes=(), order=None, pad=600):
        self.memory = memory = Memory()
        sys.modules.pop(IN_PLACE, None)
        with_modules({"uctypes": memory.uctypes()}, __import__, IN_PLACE)
        self.module = sys.modules[IN_PLACE]
        self.module.id = memory.address
        self.module.open = lambda path, mode: io.BytesIO(self.content)
        self.content, self._files = bytes(i % 251 for i in range(pad)), []
        for each in ((PLAIN, STEPS), codes):
            start, data = file_of(each)
            self._files.append((start << 20 | len(self.content), len(data)))
            self.content += struct.pack("<I", len(data)) + data + bytes(3)
        self.content += bytes(i % 241 for i in range(BLOCK))  # other modules
        self.order = order or [(7 + i) % BLOCKS for i in range(BLOCKS)]
        self.write()
        self.pack = Module(path="/qsota.pack", flash=(FLASH, BLOCK * BLOCKS, BLOCK), chain=None)
        for function, own in ((self.module._plain, PLAIN), (self.module._steps, STEPS)):
            self.make(function, self.module, own)

    def write(self):
        """The pack in flash, in that order of blocks."""
        for i, (data, pointers) in enumerate(blocks_of(self.content)):
            head = struct.pack("<I", self.order[i - 1]) * pointers
            at = self.order[i] * BLOCK
            self.memory.flash[at : at + BLOCK] = (head + data + bytes(BLOCK))[:BLOCK]
            self.last = i

    def make(self, function, module, own, inner=0):
        """The object of a function in memory, and its bytecode."""
        memory = self.memory
        words = type(function), module
        words = [memory.address(word) for word in words] + [inner, memory.put(own)]
        at = memory.address(function)
        memory.write(at, b"".join(word.to_bytes(WORD, "little") for word in words))

    def starts(self, start):
        """Say that of the bytecode in the second file."""
        place, size = self._files[1]
        self._files[1] = start << 20 | place & 0xFFFFF, size

    def begin(self):
        """The pack has loaded in_place.py itself."""
        self._take(self.module, 0)

    def take(self, module, running=None):
        self._take(module, 1, running)

    def _take(self, module, index, running=None):
        place, self.pack.size = self._files[index]
        self.module.take(self.pack, module, place, running)

    def where(self, function):
        """The address of its bytecode."""
        return Words(self.memory, self.memory.address(function), None)[3]

    def is_in_place(self, function):
        return FLASH <= self.where(function) < FLASH + BLOCK * BLOCKS
