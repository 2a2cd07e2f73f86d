"""What the tests of commands to a board on USB share."""

from usb_board import BOARD

from qsota_tools.common.record_view import read_record

ERASE = BOARD["flash"]["erase"]


def virtual(*args):
    return ("--board", "VIRTUAL", *args)


def content(board):
    return board.flash.read_bytes()


# Leaves 14 KB of the heap, where a pointer takes 8 bytes; a board's takes 4. It was 13 while the
# sealed root had caches of 2 KB instead of 1: what they take less, the application takes here.
FILL = """
spare, taken = bytearray(14_000), None
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
