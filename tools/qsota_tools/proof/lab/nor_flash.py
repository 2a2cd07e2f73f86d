"""NOR flash in RAM that refuses loudly what real NOR does not forgive.

Speaks MicroPython's extended block-device protocol and runs on CPython and on MicroPython.
A test cuts the power through `on_op`; until `power_on()` the chip then answers nothing, so
that no clean-up code of the device can do what a dead device could not.
"""

_EIO = -5


class FlashModelError(Exception):
    """The code under test did what damages or corrupts a real chip."""


class PowerCut(BaseException):
    """The power failed. Not an Exception: nothing on the device can catch this."""


class Left:
    """What a cut leaves of an operation: its range reads `now`, and after `reads` looks `later`.

    used: program units from the first that count as programmed (of an erase: none); dead: numbers
    of the chip's program units whose ECC does not fit; whole: an erase that had just ended.
    """

    def __init__(self, now, used=0, later=None, reads=1, dead=(), whole=False):
        self.now = now
        self.used = used
        self.later = later
        self.reads = reads
        self.dead = dead
        self.whole = whole


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
        self._block = chip.erase_size

    def readblocks(self, block, buf, offset=0):
        return self._chip.read(self._at(block, offset, len(buf)), buf)

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
        at = block * self._block + offset
        if block < 0 or offset < 0 or at + length > self._length:
            raise FlashModelError("out of bounds: block %d offset %d" % (block, offset))
        return self._start + at


class NorFlash(Window):
    """A chip of `blocks` erase units; it is also the block device of all of itself.

    on_op(kind, offset, length) is called before each "erase" or "program". It may raise
    PowerCut: nothing happens; or say what the cut leaves: n, the first n bytes take effect, or
    a Left. `content` is the live memory, `writing` what the program under way writes, `erases`
    counts the erases of each unit, `fault` is what the code under test did wrong first.
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
        self.writing = None
        self.fault = None
        self._used = bytearray(self.size // program_size)  # 1: programmed since its erase
        self._unsure = set()  # erase units whose last erase was cut
        self._dead = set()  # program units that cannot be read
        self._fickle = []  # (offset, looks left, bytes from then on)
        self._on = True
        super().__init__(self, 0, self.size)

    def window(self, start, length):
        """A block device of `length` bytes from `start`, both multiples of the erase size."""
        return Window(self, start, length)

    def __getstate__(self):
        """A copy is not watched."""
        state = dict(self.__dict__)
        state["on_op"] = None
        return state

    def power_on(self):
        """End a power cut; the content is as the cut left it."""
        self._on = True

    def restart(self):
        """The MCU was reset: a chip does not notice."""

    def state(self):
        """All that decides how the chip behaves from now on, as bytes to compare or to hash."""
        weak = (sorted(self._unsure), sorted(self._dead), sorted(self._fickle))
        return bytes(self.content) + self._used + repr(weak).encode()

    def read(self, at, buf):
        self._powered()
        if self._dead and not self._dead.isdisjoint(self.units(at, len(buf))):
            return _EIO
        buf[:] = self.content[at : at + len(buf)]
        if self._fickle:
            self._age(at, at + len(buf))
        return 0

    def erase(self, at):
        left = self._announce("erase", at, self.erase_size)
        size, unit, units = self.erase_size, at // self.erase_size, self.units(at, self.erase_size)
        if isinstance(left, int):
            left = min(left, size)
            left = Left(b"\xff" * left + self.content[at + left : at + size])
        self.erases[unit] += 1
        self._used[units[0] : units[-1] + 1] = bytes(len(units))
        self._dead.difference_update(units)
        self._fickle = [range for range in self._fickle if not at <= range[0] < at + size]
        if left is None or left.whole:
            self._unsure.discard(unit)
        else:
            self._unsure.add(unit)
        self._become(at, left or Left(b"\xff" * size))
        if left:
            self._fail()

    def program(self, at, data):
        self._check_programmable(at, len(data))
        self.writing = bytes(data)
        left = self._announce("program", at, len(data))
        units = self.units(at, len(data))
        if isinstance(left, int):
            left = min(left, len(data))
            rest = b"\xff" * (len(data) - left)
            left = Left(self.writing[:left] + rest, -(-left // self.program_size))
        used = len(units) if left is None else left.used
        self._used[units[0] : units[0] + used] = b"\x01" * used
        self._become(at, left or Left(self.writing))
        if left:
            self._fail()

    def _become(self, at, left):
        self.content[at : at + len(left.now)] = left.now
        self._dead.update(left.dead)
        if left.later:
            self._fickle.append((at, left.reads, left.later))

    def _age(self, start, end):
        # Bits that a cut left half-way do not read the same for ever.
        fickle, self._fickle = self._fickle, []
        for at, reads, later in fickle:
            if at < end and start < at + len(later):
                reads -= 1
            if reads:
                self._fickle.append((at, reads, later))
            else:
                self.content[at : at + len(later)] = later

    def units(self, at, length):
        return range(at // self.program_size, -(-(at + length) // self.program_size))

    def _check_programmable(self, at, length):
        if not length or at % self.program_size or length % self.program_size:
            self._wrong("misaligned program at %d, %d bytes" % (at, length))
        if self.content[at : at + length] != b"\xff" * length:
            self._wrong("program of unerased bytes at %d" % at)
        units = self.units(at, length)
        if any(self._used[units[0] : units[-1] + 1]):
            self._wrong("second program of a unit at %d" % at)
        for unit in range(at // self.erase_size, (at + length - 1) // self.erase_size + 1):
            if unit in self._unsure:
                self._wrong("program of unit %d, whose erase was cut" % unit)

    def _wrong(self, text):
        # Kept, since an updater that survives any exception survives this one as well.
        self.fault = self.fault or text
        raise FlashModelError(text)

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
