"""The virtual board's watchdog, and what its supervisor refuses."""

import pytest
from virtual_storage import BOARD, logged

from qsota_tools import boards
from qsota_tools.common.errors import UserError
from qsota_tools.virtual.board_events import BoardFault
from qsota_tools.virtual.virtual_board import VirtualBoard

# Watchdog


def test_a_watchdog_that_is_not_fed_bites(power):
    main = """
import machine
if machine.reset_cause() == machine.PWRON_RESET:
    wdt = machine.WDT(timeout=100)
    while True:
        pass
print("cause", machine.reset_cause())
"""
    board = power(main=main)
    bite = board.wait_for("wdt")
    assert board.wait_for("boot")["cause"] == "watchdog"
    logged(board, "cause 3")
    assert bite["t"] >= 0.1


def test_a_fed_watchdog_stays_quiet_and_bites_a_program_that_has_ended(power):
    main = """
import machine, time
if machine.reset_cause() == 1:
    wdt = machine.WDT(timeout=400)
    for i in range(10):
        time.sleep_ms(50)
        wdt.feed()
    print("fed")
"""
    board = power(main=main)
    logged(board, "fed")
    board.wait_for("repl")
    board.wait_for("wdt")


def test_the_watchdog_has_the_limits_of_the_chip(power):
    main = """
import machine
for options in ({"timeout": 8389}, {"timeout": 0}, {"id": 1}):
    try:
        machine.WDT(**options)
    except ValueError:
        print("refused")
"""
    board = power(main=main)
    for _ in range(3):
        logged(board, "refused")


# Supervisor


def test_a_flash_file_of_the_wrong_size_is_refused(tmp_path):
    flash = tmp_path / "flash.bin"
    flash.write_bytes(bytes(100))
    with pytest.raises(UserError, match="has 100 bytes, the flash of VIRTUAL has"):
        VirtualBoard(BOARD, flash).start()


def test_a_board_with_two_flashes_needs_two_files(tmp_path):
    with pytest.raises(UserError, match="a file for the storage belongs to"):
        VirtualBoard(boards.load("PYBV11_W25Q128"), tmp_path / "flash.bin").start()


def test_waiting_in_vain_is_a_timeout(power):
    board = power(main="print('up')")
    with pytest.raises(TimeoutError, match=r"no reset in 0.1 s"):
        board.wait_for("reset", timeout=0.1)


def test_a_port_that_does_not_exist_is_refused(power, tmp_path):
    with pytest.raises(UserError, match="cannot open .*nothing: No such file"):
        power(port=str(tmp_path / "nothing"))


def test_a_vm_that_breaks_down_is_a_fault(power):
    board = power(main="print('up')\nimport supply\nsupply.settings = supply._control.close()")
    with pytest.raises(BoardFault, match="ended by itself"):
        board.wait_for("repl")
