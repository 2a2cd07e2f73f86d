"""Flash, power and clock of the emulated RP2040: needs the emulator, but no firmware."""

import pytest

pytest.importorskip("rp2040py", reason="no rp2040py: pip install 'qsota[emulated]'")

from pico_registers import (
    BLANK,
    ERASE,
    PROGRAM,
    READ_ID,
    STORAGE,
    command,
    wait_until_done,
    wait_us,
    write,
)

from qsota_tools import boards  # noqa: E402
from qsota_tools.emulated.bench import Bench  # noqa: E402
from qsota_tools.emulated.operation import Operation  # noqa: E402
from qsota_tools.emulated.rp2040.pico import Pico  # noqa: E402
from qsota_tools.emulated.rp2040.timers import EmulatedClock  # noqa: E402

# Flash: W25Q16JV, by its SPI commands


def test_an_erase_takes_45_ms_and_a_program_four_tenths(pico):
    """Typical times: Sector Erase (20h), Page Program (02h)."""
    write(pico, PROGRAM, STORAGE, *range(256))
    assert wait_until_done(pico) == pytest.approx(0.4)
    assert pico.content(STORAGE, 256) == bytes(range(256))
    write(pico, ERASE, STORAGE)
    assert wait_until_done(pico) == pytest.approx(45)
    assert pico.content(STORAGE, 4096) == b"\xff" * 4096


def test_nothing_is_written_unless_writing_was_enabled(pico):
    """Write Enable (06h) comes before each of them."""
    operations = []
    pico.flash.on_operation = operations.append
    command(pico, PROGRAM, *STORAGE.to_bytes(3, "big"), 0)
    assert operations == []
    assert pico.content(STORAGE, 1) == b"\xff"


def test_operations_are_announced(pico):
    operations = []
    pico.flash.on_operation = operations.append
    write(pico, ERASE, STORAGE)
    write(pico, PROGRAM, STORAGE, 1, 2)
    assert operations == [
        Operation("erase", STORAGE, 4096, b""),
        Operation("program", STORAGE, 2, b"\x01\x02"),
    ]


def test_a_program_that_is_cut_is_done_up_to_there(pico):
    pico.flash.on_operation = lambda operation: 0.25
    write(pico, PROGRAM, STORAGE, *bytes(256))
    assert pico.content(STORAGE, 256) == bytes(64) + b"\xff" * 192
    assert wait_until_done(pico) == 0


def test_an_erase_that_is_cut_is_done_up_to_there(pico):
    write(pico, PROGRAM, STORAGE, *bytes(256))
    write(pico, PROGRAM, STORAGE + 3840, *bytes(256))
    pico.flash.on_operation = lambda operation: 0.5
    write(pico, ERASE, STORAGE)
    assert pico.content(STORAGE, 4096) == b"\xff" * 3840 + bytes(256)


def test_the_chip_has_an_id_of_eight_bytes(pico):
    """Read Unique ID (4Bh)."""
    assert bytes(command(pico, READ_ID, *bytes(12))[5:]) == b"emulated"


# Power, time, and what the bench forbids


def test_a_power_cycle_keeps_the_flash_and_not_the_ram(pico):
    causes = []
    pico.on_boot = causes.append
    write(pico, PROGRAM, STORAGE, 0)
    pico.rp2040.sram[:64] = b"\x55" * 64
    pico.power_fails()
    wait_us(pico, 1)
    assert causes == ["power"]
    assert pico.content(STORAGE, 2) == b"\x00\xff"
    assert bytes(pico.rp2040.sram[:64]) != b"\x55" * 64


def test_the_clock_calls_in_time_unless_cancelled(pico):
    calls = []
    clock = EmulatedClock(pico.clock)
    clock.after(2, calls.append, "late")
    clock.after(1, calls.append, "soon")
    clock.cancel(clock.after(1, calls.append, "never"))
    clock.cancel(None)
    wait_us(pico, 1500)
    assert (calls, clock.now()) == (["soon"], 1)
    wait_us(pico, 1000)
    assert calls == ["soon", "late"]


def test_the_bench_sees_writes_that_an_update_must_not_do():
    bench = Bench(boards.load("RPI_PICO"), Pico(BLANK), [], lambda text: None)
    slot = STORAGE + bench.board["areas"]["slot_b"][0]
    write(bench.machine, PROGRAM, slot, 0)
    assert bench.faults == []
    write(bench.machine, PROGRAM, slot, 0)
    write(bench.machine, ERASE, STORAGE)
    write(bench.machine, ERASE, STORAGE - 4096)
    assert bench.faults == [
        f"{slot:#x} was programmed before",
        "erase at 0xa0000: not in an area for it",
        "erase at 0x9f000: not in an area for it",
    ]
