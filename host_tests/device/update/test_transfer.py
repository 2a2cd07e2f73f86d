"""What reads a package is there as a whole, or not at all."""

import sys

from qsota.update.transfer import Transfer
from util import run

QUEC, LINK = object(), object()


def no_memory(*args):
    raise MemoryError()


def opened(transfer):
    try:
        return run(transfer._open())
    except MemoryError:
        return None


def test_one_for_which_there_was_no_memory_is_made_anew():
    __import__("qsota.update.blocks")  # maybe anew: a phase that ended has let it go
    blocks = sys.modules["qsota.update.blocks"]
    transfer, real = Transfer(QUEC, LINK, None, 512, 0), blocks.Blocks
    blocks.Blocks = no_memory
    try:
        assert opened(transfer) is None
    finally:
        blocks.Blocks = real
    assert opened(transfer) is True
    assert transfer._chunks and transfer._blocks
    assert opened(transfer) is False
