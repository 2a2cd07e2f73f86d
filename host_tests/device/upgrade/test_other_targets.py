"""Targets of other components: whatever they raise or take, only their package ends."""

import asyncio

from qsota.update import package
from qsota_tools.center.plan import Component, Plan
from qsota_tools.proof.lab.faults import change_urc
from qsota_tools.proof.lab.packages import make
from qsota_tools.proof.lab.rig import Rig
from qsota_tools.proof.lab.targets import Target
from reading_runs import ends, reads
from words import plan


class FailsToBegin(Target):
    def begin(self, upgrade):
        raise OSError(19)


class FailsToPrepare(Target):
    def erase_step(self):
        raise OSError(19)


class FailsToWrite(Target):
    def write(self, data):
        raise OSError(19)


class FailsToFinish(Target):
    def finish(self):
        raise OSError(19)


class HasNoMemory(Target):
    def write(self, data):
        raise MemoryError


def rig_with(target):
    data = make(package.PLAIN, bytes(9000), bytes(9000), component="DISPLAY", version="5")
    rig = Rig([Plan([Component("DISPLAY", "5", data)])])
    rig.policy = {"targets": {"DISPLAY": target}}
    return rig


def test_a_target_that_works_is_upgraded():
    assert ends(rig_with(Target())) == ([10705], "")


def test_a_target_that_raises_ends_its_package_with_the_reason():
    for kind in (FailsToBegin, FailsToPrepare, FailsToWrite, FailsToFinish):
        rig = rig_with(kind())
        verdicts, reason = ends(rig)
        assert verdicts == [10706] and reason.startswith("target OSError(19"), kind
        assert len(reads(rig)) < 20


def test_a_target_that_ends_a_loop_or_a_task_ends_only_its_package():
    """A stray next() of its own, and a task of the application that was cancelled."""
    for error in (StopIteration, asyncio.CancelledError):
        for part in ("begin", "write", "install"):

            def fails(*args, error=error):
                raise error()

            target = Target()
            setattr(target, part, fails)
            verdicts, reason = ends(rig_with(target))
            assert verdicts == [10706] and reason.startswith("target "), (error, part)


def test_a_target_without_memory_ends_its_package():
    assert ends(rig_with(HasNoMemory())) == ([10706], "no-memory")


def test_a_target_that_goes_on_after_a_reset_knows_a_text_form():
    class Keeps(Target):
        data = b""

        def begin(self, upgrade):
            return len(self.data)

        def write(self, data):
            self.data += bytes(data)

        def rewind(self):
            self.data = b""

        def replay(self, sink):
            sink(self.data)

    for form in ("raw", "hex", "hexwords"):
        target = Keeps()
        rig = rig_with(target)
        rig.module.options.payload = form
        assert rig.run(lambda rig, t=target: len(t.data) > 5000, 60000)
        assert ends(rig) == ([10705], "")
        assert len(rig.sent("AT+QIOTOTARD=1024,1024")) == 1, form


def test_a_target_that_works_for_minutes_does_not_let_the_module_give_up():
    class Slow(Target):
        def finish(self):
            for _ in range(6):
                self.rig.clock.advance(25000)
                yield

    target = Slow()
    target.rig = rig = rig_with(target)
    assert ends(rig) == ([10705], "")
    assert len(rig.sent("AT+QIOTOTARD=9767,1")) >= 5


def test_a_target_need_not_care_for_blocks():
    rig = rig_with(Target())
    rig.module.options.flash_free = 4096
    assert ends(rig) == ([10705], "")
    assert len(rig.sent("AT+QIOTUPDATE=2")) == 2


def test_a_block_that_ends_before_it_should_is_passed_on():
    rig = Rig([plan("2_0_0", 8000)], flash_free=4096)
    change_urc(rig, b"8768,0,4096", b"8768,0,4906")
    assert ends(rig) == ([10705], "")
    assert len(rig.sent("AT+QIOTUPDATE=2")) == 2
