# Boards of either port over machines that write down what they are asked for.


from qsota.errors import BoardError
from util import raises


def refused(call, *args):
    return raises(BoardError, call, *args).args
