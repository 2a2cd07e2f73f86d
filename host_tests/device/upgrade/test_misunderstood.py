"""A module whose answers nobody can understand: it costs little, and ends nothing."""

from cases import some
from qsota_tools.proof.lab.rig import Rig
from words import plan

HOUR = 3600000


def answers(data):
    """Whether this is no echo and no event, but the module's answer to a command."""
    return b"\r\nOK\r\n" in data or b"+QIOTOTARD: " in data


MISUNDERSTOOD = (
    # Numbers for words, and ATV1 does not help: a 0 may be a line of any answer.
    lambda data: data.replace(b"\r\nOK\r\n", b"0\r").replace(b"\r\nERROR\r\n", b"4\r"),
    # A refusal comes before each answer, or within it: it ends the command like any other.
    lambda data: b"\r\n+CME ERROR: SIM busy\r\n" * answers(data) + data,
    lambda data: data.replace(b"\r\nOK\r\n", b"\r\n+CME ERROR: SIM busy\r\n\r\nOK\r\n"),
    # Two states in one answer: either may be the true one.
    lambda data: b"\r\n+QIOTSTATE: 3\r\n" * answers(data) + data,
    # What follows the data is no line end: its last byte may be missing, and be shifted.
    lambda data: data.replace(b"\r\nOK\r\n", b"\xff\x00\r\nOK\r\n"),
    lambda data: b"\x00\xff\xfe\r\n" * answers(data) + data,
)


def test_answers_that_nobody_can_understand_cost_little_and_end_nothing():
    for change in some(MISUNDERSTOOD, 3):
        rig = Rig([plan("2_0_0"), plan("3_0_0")])
        rig.uart.rx.filters.append(change)
        rig.run(lambda rig: False, HOUR)
        assert len(rig.commands) < 300
        rig.uart.rx.filters.clear()
        assert rig.run(lambda rig: rig.running == "3_0_0" and Rig.settled(rig))
