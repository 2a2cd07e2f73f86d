"""PIO of the emulated RP2040, which is in the emulator's way only while something uses it."""

import pytest

pytest.importorskip("rp2040py", reason="no rp2040py: pip install 'qsota[emulated]'")

PIO0 = 0x50200000
CTRL, RECEIVED, INSTRUCTIONS = PIO0, PIO0 + 0x20, PIO0 + 0x48
PIN_25_CTRL, OF_PIO1 = 0x40014000 + 25 * 8 + 4, 7
# mov(isr, invert(null)), push(), and a jump to the first of them, which 0 is.
PROGRAM = (0xA0CB, 0x8020)


@pytest.fixture
def pico(pico):
    """Its processor waits for an event for ever."""
    pico.rp2040.core.waiting = True
    return pico


def start_program(pico):
    for place, instruction in enumerate(PROGRAM):
        pico.rp2040.write_uint32(INSTRUCTIONS + 4 * place, instruction)
    pico.rp2040.write_uint32(CTRL, 1)


def test_nothing_is_stepped_while_nobody_uses_it(pico):
    assert pico.rp2040.pio == []
    pico.rp2040.write_uint32(INSTRUCTIONS, PROGRAM[0])
    pico.rp2040.write_uint32(CTRL, 0)
    assert pico.rp2040.pio == []


def test_a_program_runs(pico):
    start_program(pico)
    pico.run(0.01)
    assert pico.rp2040.read_uint32(RECEIVED) == 0xFFFFFFFF


def test_a_pin_that_is_given_to_it_can_be_asked_for(pico):
    pico.rp2040.write_uint32(PIN_25_CTRL, OF_PIO1)
    assert pico.rp2040.gpio[25].raw_output_value is False
    assert len(pico.rp2040.pio) == 2


def test_it_rests_again_when_the_power_was_off_and_has_forgotten_the_program(pico):
    start_program(pico)
    pico.rp2040.write_uint32(PIN_25_CTRL, OF_PIO1)
    block = pico.rp2040.pio[0]
    pico.power_cycle()
    assert pico.rp2040.pio == [] and not any(block.instructions)


def test_a_reset_that_leaves_a_pin_to_it_does_not_let_it_rest(pico):
    pico.rp2040.write_uint32(PIN_25_CTRL, OF_PIO1)
    pico.rp2040.watchdog.on_watchdog_trigger()
    assert len(pico.rp2040.pio) == 2
