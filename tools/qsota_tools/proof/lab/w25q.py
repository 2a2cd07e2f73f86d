"""A W25Q chip on the SPI bus: what its data sheet says about commands, busy time and NOR cells.

Runs on CPython and on MicroPython."""

_SECTOR = 4096
_PAGE = 256
_BUSY, _WEL = 1, 2

_RESET_US = 30
_SELECT_US = 50  # what a transaction costs in Python besides its bytes


class W25q:
    """The bus (write, readinto) and the select input (a call) in one object.

    What a command does, it does when it is deselected. Refused, and listed in `faults`: what a
    chip ignores, although the driver meant it. log: the opcodes of the commands, in order.
    """

    def __init__(self, clock, identity=b"\xef\x40\x18", baud=20000000):
        self.identity = identity
        self.size = 1 << identity[2] - (6 if identity[2] >= 0x20 else 0)
        self.cells = {}  # sector -> bytearray; one that is not here is erased
        self.faults = []
        self.log = []
        self.dead = False  # the output floats high
        self.stuck = False  # an operation never ends
        self.protected = False  # status register: all blocks
        self.erase_us, self.program_us = 45000, 700
        self.ready_us = 0
        self._clock = clock
        self._us_per_byte = 8000000 / baud
        self.selected = False
        self._wel = False
        self._reset_next = False
        self._rx = b""

    def __call__(self, level):
        if self.selected and level and self._rx:
            self._execute(self._rx)
        self.selected = not level
        self._rx = b""
        self._clock.advance_us(_SELECT_US)

    def write(self, data):
        assert self.selected, "the chip is not selected"
        self._rx += bytes(data)
        self._pass(len(data))

    def readinto(self, buf):
        self._pass(len(buf))
        answer = b"\xff" * len(buf) if self.dead else self._answer(self._rx, len(buf))
        buf[:] = answer

    def on_fault(self, text):
        """The chip ignores something."""
        self.faults.append(text)

    def on_command(self, opcode):
        """A command has ended."""
        self.log.append(opcode)

    def sector(self, number):
        return self.cells.get(number, b"\xff" * _SECTOR)

    @property
    def busy(self):
        return self.stuck or self._clock.now_us() < self.ready_us

    def _pass(self, count):
        self._clock.advance_us(int(count * self._us_per_byte + 1))

    def _answer(self, command, count):
        opcode = command[0]
        if opcode == 0x05:
            return bytes([(_BUSY if self.busy else 0) | (_WEL if self._wel else 0)]) * count
        if self.busy:
            self.on_fault("read while busy: %02x" % opcode)
        elif opcode == 0x9F:
            return self.identity[:count]
        elif opcode in (0x03, 0x13):
            return self._cells(self._address(command, 3 if opcode == 0x03 else 4), count)
        return bytes(count)

    def _cells(self, at, count):
        found = b""
        while len(found) < count:  # past the end of the chip: its start
            here = (at + len(found)) % self.size
            found += self.read_cells(here, min(count - len(found), self.size - here))
        return found

    def _address(self, command, width):
        return int.from_bytes(command[1 : 1 + width], "big")

    def _execute(self, command):
        opcode = command[0]
        self.on_command(opcode)
        if self.dead or opcode == 0x05:
            return
        if self.busy:
            self.on_fault("command while busy: %02x" % opcode)
            return
        if opcode == 0x99 and self._reset_next:
            self._wel = False
            self.ready_us = self._clock.now_us() + _RESET_US
        self._reset_next = opcode == 0x66
        if opcode == 0x06:
            self._wel = True
        elif opcode in (0x20, 0x21):
            self._change(command, 4 if opcode == 0x21 else 3, self._erase, self.erase_us)
        elif opcode in (0x02, 0x12):
            self._change(command, 4 if opcode == 0x12 else 3, self._program, self.program_us)

    def _change(self, command, width, action, us):
        if not self._wel:
            self.on_fault("not write enabled: %02x" % command[0])
        elif width == 3 or self.size > 1 << 24:  # a small chip does not know the other commands
            if not self.protected:
                action(self._address(command, width) % self.size, command[1 + width :])
                self.ready_us = self._clock.now_us() + us
            self._wel = self.protected

    def _erase(self, at, data):
        assert not data
        self.erase_cells(at)

    def _program(self, at, data):
        page = at // _PAGE * _PAGE
        cells = bytearray(self.read_cells(page, _PAGE))
        for i, byte in enumerate(data):
            cells[(at + i) % _PAGE] &= byte  # past the end of a page: its start
        self.program_cells(page, cells)

    # Where the cells are: here in memory, only those that are not erased.

    def read_cells(self, at, count):
        """Bytes of the chip that begin at `at`."""
        found = b""
        while len(found) < count:
            here, rest = at + len(found), count - len(found)
            found += bytes(self.sector(here // _SECTOR)[here % _SECTOR :][:rest])
        return found

    def erase_cells(self, at):
        """The sector with the byte `at` becomes blank."""
        self.cells.pop(at // _SECTOR, None)

    def program_cells(self, page, cells):
        """The page that starts at `page` holds these 256 bytes from now on."""
        sector = self.cells.setdefault(page // _SECTOR, bytearray(b"\xff" * _SECTOR))
        sector[page % _SECTOR : page % _SECTOR + _PAGE] = cells
