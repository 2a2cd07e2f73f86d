"""NOR flash in RAM that refuses loudly what real NOR does not forgive.

Speaks MicroPython's extended block-device protocol and runs on CPython and on MicroPython.
A test cuts the power through `on_op`; until `power_on()` the chip then answers nothing, so
that no clean-up code of the device can do what a dead device could not.
"""


class FlashModelError(Exception):
    """The code under test did what damages or corrupts a real chip."""


class PowerCut(BaseException):
    """The power failed. Not an Exception: nothing on the device can catch this."""


class Window:
    """A block device on a part of a chip, as rp2.Flash(start=, len=); a block is an erase unit."""

    def __init__(self, chip, start, length):
        if start % chip.erase_size or length % chip.erase_size:
            raise FlashModelError("window not on erase units")
        if start < 0 or length <= 0 or start + length > chip.size:
            raise FlashModelError("window outside of the chip")
        self._chip = chip
        self._start = start
        self._length = length

    def readblocks(self, block, buf, offset=0):
        self._chip.read(self._at(block, offset, len(buf)), buf)

    def writeblocks(self, block, buf, offset=None):
        """With an offset: program only. Without: erase the blocks first, as rp2.Flash does."""
        at = self._at(block, offset or 0, len(buf))
        if offset is None:
            for unit in range(at, at + len(buf), self._chip.erase_size):
                self._chip.erase(unit)
        self._chip.program(at, buf)

    def ioctl(self, op, arg):
        if op == 4:
            return self._length // self._chip.erase_size
        if op == 5:
            return self._chip.erase_size
        if op == 6:
            self._chip.erase(self._at(arg, 0, self._chip.erase_size))
        return 0

    def _at(self, block, offset, length):
        at = block * self._chip.erase_size + offset
        if block < 0 or offset < 0 or at + length > self._length:
            raise FlashModelError("out of bounds: block %d offset %d" % (block, offset))
        return self._start + at


class NorFlash(Window):
    """A chip of `blocks` erase units; it is also the block device of all of itself.

    on_op(kind, offset, length) is called before each "erase" or "program". It may raise
    PowerCut, or return n: only the first n bytes take effect, then the power is cut.
    `content` is the chip's live memory, `erases` counts the erases of each unit.
    """

    def __init__(self, blocks, erase_size=4096, program_size=256, content=None):
        self.size = blocks * erase_size
        self.erase_size = erase_size
        self.program_size = program_size
        self.content = bytearray(b"\xff" * self.size)
        if content is not None:
            self.content[: len(content)] = content
        self.erases = [0] * blocks
        self.on_op = None
        self._used = bytearray(self.size // program_size)  # 1: programmed since its erase
        self._unsure = set()  # units whose last erase was cut
        self._on = True
        super().__init__(self, 0, self.size)

    def window(self, start, length):
        """A block device of `length` bytes from `start`, both multiples of the erase size."""
        return Window(self, start, length)

    def power_on(self):
        """End a power cut; the content is as the cut left it."""
        self._on = True

    def read(self, at, buf):
        self._powered()
        buf[:] = self.content[at : at + len(buf)]

    def erase(self, at):
        torn = self._announce("erase", at, self.erase_size)
        unit = at // self.erase_size
        self.erases[unit] += 1
        count = self.erase_size if torn is None else min(torn, self.erase_size)
        self.content[at : at + count] = b"\xff" * count
        first, clean = at // self.program_size, count // self.program_size
        self._used[first : first + clean] = bytes(clean)
        if torn is None:
            self._unsure.discard(unit)
        else:
            self._unsure.add(unit)
            self._fail()

    def program(self, at, data):
        self._check_programmable(at, len(data))
        torn = self._announce("program", at, len(data))
        count = len(data) if torn is None else min(torn, len(data))
        self.content[at : at + count] = data[:count]
        first, units = at // self.program_size, -(-count // self.program_size)
        self._used[first : first + units] = b"\x01" * units
        if torn is not None:
            self._fail()

    def _check_programmable(self, at, length):
        if not length or at % self.program_size or length % self.program_size:
            raise FlashModelError("misaligned program at %d, %d bytes" % (at, length))
        if self.content[at : at + length] != b"\xff" * length:
            raise FlashModelError("program of unerased bytes at %d" % at)
        if any(self._used[at // self.program_size : (at + length) // self.program_size]):
            raise FlashModelError("second program of a unit at %d" % at)
        for unit in range(at // self.erase_size, (at + length - 1) // self.erase_size + 1):
            if unit in self._unsure:
                raise FlashModelError("program of unit %d, whose erase was cut" % unit)

    def _announce(self, kind, at, length):
        self._powered()
        if self.on_op:
            try:
                return self.on_op(kind, at, length)
            except PowerCut:
                self._on = False
                raise
        return None

    def _powered(self):
        if not self._on:
            raise PowerCut("the power is off")

    def _fail(self):
        self._on = False
        raise PowerCut("in the middle of an operation")


def cut_at(index, effective=0):
    """An on_op hook: operation number `index`, from 0, is cut after `effective` bytes."""
    count = 0

    def hook(kind, offset, length):
        nonlocal count
        count += 1
        return effective if count == index + 1 else None

    return hook
