"""What the tests of commands to a board on USB share."""

from usb_board import BOARD

from qsota_tools.common.record_view import read_record

ERASE = BOARD["flash"]["erase"]


def virtual(*args):
    return ("--board", "VIRTUAL", *args)


def content(board):
    return board.flash.read_bytes()


# Leaves 16 KB of the heap, where a pointer takes 8 bytes; a board's takes 4. From 14 KB on it is
# enough as a rule, but not wherever in the heap that lies, and the program is interrupted.
FILL = """
spare, taken = bytearray(16_000), None
for size in (1000, 100, 10):
    try:
        while True:
            taken = (taken, bytearray(size))
    except MemoryError:
        pass
spare = None
"""


def shown(out):
    """The lines of `qsota status` as a dict."""
    return {line[:14].rstrip(): line[15:] for line in out.splitlines()}


def attempts(board):
    return read_record(board.flash, BOARD).slots[1].attempts
