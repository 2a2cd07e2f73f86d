# The UART, the watchdog and the other edges of a board.

import io

from board_edges import refused
from qsota.boot import chip as chip_module
from qsota.boot import hardware
from qsota.boot.board import Board
from qsota.boot.module_uart import set_baud
from rig import Module, Reset, Rig
from rp2_uart import Chip
from util import raises


def test_the_uart_of_an_rp2_has_its_pins():
    rig = Rig(uart={"id": 1, "tx": 4, "rx": 5, "baud": 921600})
    uart = rig.run(rig.board().uart)
    assert uart.id == 1
    assert uart.options == {"baudrate": 921600, "rxbuf": 4096, "tx": "GP4", "rx": "GP5"}


def test_flow_control_on_an_rp2():
    rig = Rig(uart={"receive": "rts", "rts": 3})
    options = rig.run(rig.board().uart).options
    assert (options["rts"], options["flow"]) == ("GP3", 2)
    rig = Rig(uart={"receive": "rts", "rts": 3, "cts": 2})
    options = rig.run(rig.board().uart).options
    assert (options["cts"], options["rts"], options["flow"]) == ("GP2", "GP3", 3)


def test_the_uart_of_an_stm32_has_no_pins():
    rig = Rig("stm32", uart={"id": 2, "receive": "rts"})
    uart = rig.run(rig.board().uart)
    assert uart.id == 2
    assert uart.options == {"baudrate": 115200, "rxbuf": 4096, "flow": 2}


def test_a_missing_pin_or_an_unknown_way_to_receive_is_named():
    rig = Rig(uart={"receive": "rts"})
    assert refused(rig.run, rig.board().uart) == ("board-field", "uart.rts")
    rig = Rig(uart={"receive": "magic"})
    assert refused(rig.run, rig.board().uart) == ("unsupported-receive", "magic")


def test_a_dma_ring_receives_in_place_of_the_uart():
    chip = Chip()
    rig = Rig(uart={"id": 1, "tx": 4, "rx": 5, "receive": "dma", "rxbuf": 2048})

    uart = chip.run(rig.board().uart)
    assert chip.channel.read == chip.bases[1]
    assert len(chip.channel.ring) == 2048
    assert chip.uart.options["rxbuf"] == 64
    chip.receive(b"OK")
    assert uart.any() == 2


def test_the_chip_is_known_by_the_name_of_its_port():
    names = (("Raspberry Pi Pico2 with RP2350", True), ("Raspberry Pi Pico with RP2040", False))
    before = chip_module.sys
    try:
        for name, is_rp2350 in names:
            chip_module.sys = Module(implementation=Module(_machine=name))
            assert Rig().board().rp2350 is is_rp2350
    finally:
        chip_module.sys = before


def test_the_rate_of_the_uart_is_changed_with_all_its_options():
    rig = Rig(uart={"receive": "rts", "rts": 3})
    board = rig.board()
    uart = rig.run(board.uart)
    changed = dict(uart.options, baudrate=921600)
    rig.run(set_baud, board, uart, 921600)
    assert uart.options == changed


def test_a_pin_that_the_file_does_not_have_is_none():
    assert Rig().board().pin("module_pins.power", 1) is None


def test_the_watchdog_is_clipped_to_the_longest_of_the_port():
    for port, longest in (("rp2", 8388), ("stm32", 32767)):
        rig = Rig(port)
        assert rig.run(rig.board().watchdog, 5000).timeout == 5000
        assert rig.run(rig.board().watchdog, 100000).timeout == longest


def test_an_unknown_port_is_named():
    rig = Rig("esp32")
    assert refused(rig.run, rig.board().watchdog, 1) == ("board-field", "port")
    assert refused(rig.run, rig.board().seal_root) == ("board-field", "port")


def test_reset_resets():
    rig = Rig()
    raises(Reset, rig.run, rig.board().reset)


def test_a_file_for_which_there_is_no_memory_in_one_piece_is_read_in_small_ones():
    lacking = [True]

    class File(io.StringIO):
        def read(self, *size):
            if lacking and not size:
                lacking.pop()
                raise MemoryError
            return super().read(*size)

    hardware.open = lambda path: File('{"component": "MCU"}')
    try:
        assert Board.load().component == "MCU"
    finally:
        del hardware.open
