"""What the loader finds in the chip's own registers, and what it does where they are missing."""

from qsota.boot import chip
from rig import Module, Rig


def test_a_byte_is_kept_over_resets_and_goes_with_the_power():
    for port in ("rp2", "stm32"):
        rig = Rig(port)
        assert rig.run(chip.kept) is None
        for value in (0, 1, 0xFF):
            assert rig.run(chip.keep, value)
            rig.power_up()
            assert rig.run(chip.kept) == value
        rig.power_cycle()
        assert rig.run(chip.kept) is None


def test_the_byte_of_an_rp2350_is_elsewhere():
    rig, before = Rig(), chip.sys
    chip.sys = Module(implementation=Module(_machine="Raspberry Pi Pico2 with RP2350"))
    try:
        rig.run(chip.keep, 5)
    finally:
        chip.sys = before
    assert list(rig.kept) == [0x400D800C]


def test_what_stands_in_the_register_after_a_power_up_is_no_count():
    rig = Rig()
    rig.kept[0x4005800C] = 0x6AB73121
    assert rig.run(chip.kept) is None


def test_a_register_that_cannot_be_written_is_none():
    for port in ("rp2", "stm32"):
        rig = Rig(port)
        rig.keeps = False
        assert not rig.run(chip.keep, 3) and rig.run(chip.kept) is None


def test_a_port_or_a_chip_without_such_registers_has_none():
    for rig in (Rig("stm32"), Rig("stm32")):
        edges = rig.edges
        rig.edges = lambda: dict(edges(), stm=Module(mem32={}))  # noqa: B023
        assert not rig.run(chip.keep, 3) and rig.run(chip.kept) is None
    assert not chip.keep(3) and chip.kept() is None and chip.host() is False


def test_a_host_on_usb_is_seen_by_its_frames_or_by_the_driver():
    for port in ("rp2", "stm32"):
        rig = Rig(port)
        assert not rig.run(chip.host)
        rig.host = True
        assert rig.run(chip.host)


def test_a_timer_calls_once_or_again_and_again_until_it_is_stopped():
    rig, calls = Rig(), []
    rig.run(chip.later, 10, calls.append)
    again = rig.run(chip.later, 10, calls.append, True)
    rig.timers.pass_ms(30)
    assert len(calls) == 4 and rig.timers.running == [again]
    again.deinit()
    rig.timers.pass_ms(30)
    assert len(calls) == 4


def test_without_timers_nothing_is_called():
    assert chip.later(10, print) is None
