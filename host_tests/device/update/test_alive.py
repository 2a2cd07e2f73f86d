"""What keeps the module waiting for its MCU while that is at work for long (T5)."""

from qsota import log
from qsota.update.transfer import Transfer
from qsota_tools.proof.lab.clock import Clock
from util import run


class Quec:
    """Notes at which byte it is touched; with memory for that, or without."""

    def __init__(self, memory=True):
        self.touched, self._memory = [], memory

    async def touch(self, at):
        self.touched.append(at)
        if not self._memory:
            raise MemoryError()


class Target:
    """Something that takes steps of 15 s each."""

    def __init__(self, clock, steps):
        self._clock, self._steps = clock, steps

    def begin(self, upgrade):
        for _ in range(self._steps):
            self._clock.advance_us(15000000)
            yield
        yield 7


def begin(quec, steps):
    """What begin() of a target that takes so many steps has returned."""
    clock = Clock()
    transfer = Transfer(quec, None, None, 512, "auto")
    return run(transfer.begin(Target(clock, steps), None), clock)


def test_a_byte_is_read_where_a_step_ends_20_s_after_the_last_one():
    quec = Quec()
    assert begin(quec, 1) == 7 and quec.touched == []
    assert begin(quec, 5) == 7 and quec.touched == [0, 0]


def test_work_goes_on_where_there_is_no_memory_for_that():
    quec = Quec(memory=False)
    log.sink = None
    assert begin(quec, 5) == 7 and quec.touched == [0, 0]
    assert log.lines()[-1] == "touch: no-memory"
