"""The virtual board starts, resets and keeps its files as an RP2040 does (ports/rp2/main.c)."""

from virtual_storage import FREE, SIZE, logged, storage

from qsota_tools import boards
from qsota_tools.virtual.virtual_board import VirtualBoard


def test_boot_py_and_main_py_run_in_one_namespace_on_the_stock_path(power):
    board = power(boot="import sys; x = 5", main="print(x, sys.path, sys.argv)")
    assert board.wait_for("boot")["cause"] == "power-on"
    logged(board, "5 ['', '.frozen', '/lib'] []")
    board.wait_for("repl")


def test_an_exception_in_boot_py_is_printed_and_main_py_does_not_run(power):
    board = power(boot="1 / 0", main="print('main')")
    logged(board, "ZeroDivisionError: divide by zero")
    board.wait_for("repl")
    assert not [event for event in board.events if event.get("text") == "main"]


def test_mounting_the_grown_root_writes_nothing(power):
    board = power(main="print('up')")
    board.wait_for("repl")
    assert board.flash_ops == 0
    assert board.flash.read_bytes() == storage(main="print('up')")


def test_every_rp2_board_can_be_virtual(tmp_path):
    pico = boards.load("RPI_PICO")
    flash = tmp_path / "flash.bin"
    flash.write_bytes(storage(main="import rp2; print(rp2.Flash().ioctl(4, 0))", board=pico))
    with VirtualBoard(pico, flash) as board:
        logged(board, "352")


def test_a_storage_that_does_not_mount_is_formatted_as_stock_does(power, tmp_path):
    (tmp_path / "flash.bin").write_bytes(b"\xff" * SIZE)
    board = power()
    board.wait_for("repl")
    assert board.flash.read_bytes()[8:16] == b"littlefs"


def test_files_and_raw_flash_persist_over_a_reset(power):
    main = f"""
import machine, os, rp2
area = rp2.Flash(start={FREE}, len=4096)
if machine.reset_cause() == machine.PWRON_RESET:
    area.writeblocks(0, b"kept" * 64, 0)
    os.mkdir("/made")
    machine.reset()
print(machine.reset_cause(), bytes(memoryview(area)[:4]), os.listdir("/"))
"""
    board = power(main=main)
    board.wait_for("reset")
    assert board.wait_for("boot")["cause"] == "reset"
    logged(board, "3 b'kept' ['boot.py', 'made', 'main.py']")


def test_no_handler_of_the_program_can_stop_a_reset(power):
    main = """
import machine
if machine.reset_cause() == 1:
    try:
        machine.reset()
    except BaseException:
        print("caught")
    finally:
        print("finally")
print("again")
"""
    board = power(main=main)
    logged(board, "again")
    assert not [e for e in board.events if e.get("text") in ("caught", "finally")]


def test_soft_reset_runs_the_scripts_again_and_keeps_the_cause(power):
    main = f"""
import machine, rp2
area = rp2.Flash(start={FREE}, len=4096)
if memoryview(area)[0] == 255:
    area.writeblocks(0, bytes(256), 0)
    machine.soft_reset()
print("cause", machine.reset_cause())
"""
    board = power(main=main)
    assert board.wait_for("boot", cause="soft-reset")
    logged(board, "cause 1")


def test_power_cycle(power):
    board = power(main="print('up')\nwhile True: pass")
    logged(board, "up")
    board.power_cycle()
    assert board.wait_for("power_on")
    logged(board, "up")
