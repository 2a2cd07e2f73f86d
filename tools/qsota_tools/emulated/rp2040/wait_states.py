"""How long the flash lets an RP2040 wait: its cache in front of the flash (2.6.3 of the datasheet)
as a model that watches each access in samples of a run, for the factor by which times of the
emulated Pico, which does not wait, are too short."""

from collections.abc import Iterator
from pathlib import Path

from qsota_tools import boards
from qsota_tools.emulated.bench import Bench
from qsota_tools.emulated.families import DEFAULT, family_of
from qsota_tools.emulated.proof import FIRST, NEW, packages
from qsota_tools.provision.factory import make_flash

_START, _END = 0x10000000, 0x11000000  # cached addresses of the flash
_LINE, _SETS = 8, 1024  # bytes; of two lines each: 16 KB
# A line by quad SPI at half of the processor's clock, in continuous read mode: 8 clocks of address
# and mode, 4 that are empty, 16 of data; and what the two clocks take to meet.
_MISS_CYCLES = 2 * (8 + 4 + 16) + 8
_CYCLE_NS = 8.0
_LIMIT_S = 60
_SAMPLE = 200_000  # instructions; the cache is full after the first few thousand


class Cache:
    """Two ways, the older one is replaced. hits, misses: of instructions and of data."""

    def __init__(self):
        self.hits = self.misses = 0
        self._ways = [[-1, -1] for _ in range(_SETS)]
        self._last = -1

    def access(self, address: int) -> None:
        """A read of that address, if it is one of the flash."""
        if not _START <= address < _END:
            return
        line = address // _LINE
        if line == self._last:  # the next halfword of what has just been fetched
            self.hits += 1
            return
        self._last = line
        ways = self._ways[line % _SETS]
        if line in ways:
            self.hits += 1
        else:
            self.misses += 1
            ways.remove(ways[0])
            ways.append(line)
            return
        if ways[1] != line:
            ways.reverse()


def loads(opcode: int, pc: int, registers) -> list[int]:
    """The addresses that a Thumb instruction of an ARMv6-M reads, but for the stack's."""
    kind = opcode >> 11
    base = registers[opcode >> 3 & 7]
    if kind == 0b01001:  # LDR literal
        return [(pc + 4 & ~3) + (opcode & 0xFF) * 4]
    if opcode >> 12 == 0b0101 and (opcode >> 9 & 7) >= 3:  # LDRSB, LDR, LDRH, LDRB, LDRSH
        return [base + registers[opcode >> 6 & 7] & 0xFFFFFFFF]
    immediate = opcode >> 6 & 0x1F
    scale = {0b01101: 4, 0b01111: 1, 0b10001: 2}.get(kind)
    if scale:
        return [base + immediate * scale]
    if kind == 0b11001:  # LDM
        start = registers[opcode >> 8 & 7]
        return [start + 4 * number for number in range((opcode & 0xFF).bit_count())]
    return []


def watch(pico, cache: Cache, instructions: int) -> int:
    """Run that many instructions, one by one; returns the cycles that they took."""
    chip, clock, core = pico.rp2040, pico.clock, pico.rp2040.core
    first = core.cycles
    for _ in range(instructions):
        while core.waiting:
            clock.tick(clock.nanos_to_next_alarm)
        pc = core.registers[15] & ~1
        cache.access(pc)
        for address in loads(chip.read_uint16(pc), pc, core.registers):
            cache.access(address)
        clock.tick(core.execute_instruction() * _CYCLE_NS)
    return core.cycles - first


def factors(uf2: Path | None) -> Iterator[dict]:
    """For the start, up to the first command, and for an upgrade up to its verdict: emulated
    seconds, cycles that were watched, share of the reads of the flash that miss, the factor."""
    board = boards.load(DEFAULT)
    family = family_of(board)
    family.require()
    made = packages(board)
    blank = family.blank(board, family.image(board, uf2))
    contents = family.fill(board, blank, make_flash(board, made[FIRST]), b"")
    bench = Bench(board, family.start(board, contents), [made[NEW]], lambda text: None)
    for name, until, every_s in (
        ("start", lambda: bench.line.sent > 0, 0.05),
        ("upgrade", lambda: bench.cloud.plan is None, 0.4),
    ):
        cache, cycles = Cache(), 0
        end = bench.machine.seconds + _LIMIT_S
        while not until() and bench.machine.seconds < end:
            cycles += watch(bench.machine, cache, _SAMPLE)
            bench.machine.run(every_s, until)
        yield {
            "part": name,
            "seconds": bench.machine.seconds,
            "cycles": cycles,
            "missed": cache.misses / (cache.hits + cache.misses),
            "factor": 1 + cache.misses * _MISS_CYCLES / cycles,
        }
