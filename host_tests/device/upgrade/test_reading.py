"""Reading a package where link, module or target make it hard: it succeeds, or says why not."""

import asyncio

from qsota.update import package
from qsota_tools.center.plan import Component, Plan
from qsota_tools.proof.lab.faults import change_urc, lose_answer, lose_urc, once
from qsota_tools.proof.lab.packages import image, make
from qsota_tools.proof.lab.rig import Rig
from qsota_tools.proof.lab.targets import Target
from util import with_loaded
from words import plan

HOUR = 3600000


def reads(rig):
    return rig.sent("AT+QIOTOTARD=")


def sizes(rig):
    return [int(line.split(",")[1]) for line in reads(rig) if "," in line]


def ends(rig, limit_ms=HOUR):
    assert rig.run(lambda rig: rig.cloud.verdicts and rig.settled(), limit_ms), "no verdict"
    return rig.cloud.verdicts, rig.record.reason


def refuse_longer_than(rig, limit, where=lambda at: True):
    """The module answers ERROR to longer reads, as a real one may."""
    rx = rig.uart.peer

    def peer(data):
        if data.startswith(b"AT+QIOTOTARD=") and data[13:14].isdigit():
            at, n = data[13:].split(b",")
            if where(int(at)) and int(n) > limit:
                rig.module.refuse_next(1)
        return rx(data)

    rig.uart.peer = peer


# --- a bound in rounds without progress, and in time


def test_a_package_that_takes_longer_than_six_hours_is_given_up():
    rig = Rig([plan("2_0_0", 20000)])

    def slower(real):  # each ms of the download counts as two minutes
        return lambda later, earlier: real(later, earlier) * 120000

    ended = with_loaded(
        "qsota.update.transfer ticks_diff", slower, rig.run, lambda rig: rig.cloud.verdicts, HOUR
    )
    assert ended and rig.cloud.verdicts == [10706]
    assert rig.record.reason == "package-timeout" and rig.running == "1_0_0"


def test_bytes_that_never_arrive_end_the_package_with_a_reason():
    rig = Rig([plan("2_0_0", 20000)])
    byte = [bytes((b,)) for b in image("2_0_0", 32) if b >= 0x80][0]
    rig.uart.rx.filters.append(lambda data: data.replace(byte, b""))  # as flow control eats XON
    assert ends(rig) == ([10706], "unreadable")
    assert len(reads(rig)) < 500


def test_a_module_that_refuses_everything_but_probes_of_one_byte_is_read_byte_by_byte_there():
    rig = Rig([plan("2_0_0", 20000)])
    refuse_longer_than(rig, 1, lambda at: at == 8192)
    assert ends(rig) == ([10705], "")
    assert max(sizes(rig)[-12:]) == 1024  # and in larger chunks again behind it


def test_a_module_that_refuses_longer_reads_and_tells_no_limit_is_read_in_short_ones():
    rig = Rig([plan("2_0_0", 5000)])
    refuse_longer_than(rig, 100)
    lose_answer(rig, "AT+QIOTOTARD=?")
    assert ends(rig) == ([10705], "")
    assert len([n for n in sizes(rig) if n > 100]) < 20  # tried again, ever more rarely


def test_a_link_that_loses_a_byte_of_each_longer_answer_is_read_in_short_ones():
    for limit in (60, 300):
        rig = Rig([plan("2_0_0", 6000)])
        rig.uart.rx.filters.append(
            lambda d, limit=limit: d[:limit] + d[limit + 1 :] if len(d) > limit else d
        )
        assert ends(rig) == ([10705], ""), limit


def test_chunks_grow_again_after_a_time_of_damage():
    rig = Rig([plan("2_0_0", 30000)])
    bad = [1]
    rig.uart.rx.filters.append(lambda d: d[:60] + d[61:] if len(d) > 60 and bad else d)
    assert rig.run(lambda rig: len(reads(rig)) > 40, HOUR)
    bad.clear()
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert 1024 in sizes(rig)[-10:]


# --- the wire form


def framed(form):
    """A module, or a gateway, that frames the data of a read so: form of head, data."""

    def change(data):
        before, colon, rest = data.partition(b"+QIOTOTARD: ")
        counts, eol, body = rest.partition(b"\r\n")
        if not colon or not counts.replace(b",", b"").isdigit():
            return data
        n = int(counts.split(b",")[1])
        return form(before + colon + counts, body[:n])

    return change


def test_what_follows_the_data_is_learned_and_kept_over_a_reset():
    for trailer in (b"\nOK\r\n", b"OK\r\n", b" \r\nOK \r\n"):
        for read in (5, 12):
            rig = Rig([plan("2_0_0", 20000)])
            rig.uart.rx.filters.append(
                framed(lambda head, data, end=trailer: head + b"\r\n" + data + end)
            )
            assert rig.run(lambda rig, n=read: len(reads(rig)) >= n, 60000)
            assert ends(rig) == ([10705], "")


def test_ok_may_come_before_the_data():
    rig = Rig([plan("2_0_0", 20000)])
    rig.uart.rx.filters.append(
        framed(lambda head, data: b"\r\nOK\r\n" + head + b"\r\n" + data + b"\r\n")
    )
    assert ends(rig) == ([10705], "") and len(reads(rig)) < 50


def test_a_further_number_before_the_data_means_nothing():
    rig = Rig([plan("2_0_0", 20000)])
    rig.uart.rx.filters.append(framed(lambda head, data: head + b",0\r\n" + data + b"\r\nOK\r\n"))
    assert ends(rig) == ([10705], "") and len(reads(rig)) < 50


def test_every_second_answer_is_a_refusal():
    rig = Rig([plan("2_0_0", 20000)])
    count = []

    def refuse(head, data):
        count.append(1)
        good = head + b"\r\n" + data + b"\r\nOK\r\n"
        return b"\r\nERROR\r\n" if len(count) % 2 == 0 else good

    rig.uart.rx.filters.append(framed(refuse))
    assert ends(rig) == ([10705], "") and len(reads(rig)) < 100


def test_a_lost_byte_is_not_taken_for_another_line_end():
    rig = Rig([plan("2_0_0", 8000)])
    lost = []

    def lose_last(data):
        if not lost and b"+QIOTOTARD: 0,384" in data:
            lost.append(1)
            at = data.index(b"\r\n", data.index(b"+QIOTOTARD")) + 2 + 100
            return data[:at] + data[at + 1 :]
        return data

    rig.uart.rx.filters.append(lose_last)
    assert ends(rig) == ([10705], "")


def test_data_that_looks_like_hex_text_is_read_as_it_was_before_a_reset():
    content = bytearray(image("2_0_0", 20000))
    text = b"00112233445566778899aabbccddeeff" * 200
    content[6000 : 6000 + len(text)] = text
    data = make(package.PLAIN, bytes(content), bytes(content), version="2_0_0")
    rig = Rig([Plan([Component("MCU", "2_0_0", data)])])
    assert rig.run(lambda rig: len(reads(rig)) >= 12, 60000)
    assert ends(rig) == ([10705], "")


def test_a_text_form_is_known_after_a_reset():
    for form in ("hex", "hexwords"):
        rig = Rig([plan("2_0_0", 20000)], payload=form)
        assert rig.run(lambda rig: len(reads(rig)) >= 12, 60000)
        assert ends(rig) == ([10705], ""), form


def test_a_header_that_comes_damaged_is_read_again_several_times():
    rig = Rig([plan("2_0_0", 8000)])
    left = [1, 1, 1, 1]

    def flip(data):
        if not left or b"+QIOTOTARD: 0,384" not in data:
            return data
        left.pop()
        at = data.index(b"QSOT") + 100
        return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]

    rig.uart.rx.filters.append(flip)
    assert ends(rig) == ([10705], "") and not left


def test_a_header_that_is_none_is_not_read_for_ever():
    rig = Rig([Plan([Component("MCU", "2_0_0", bytes(9000))])])
    assert ends(rig) == ([10706], "wrong-magic")
    assert len(rig.sent("AT+QIOTOTARD=0,384")) == 6


# --- where blocks begin and end


def delay_answer(rig, ms):
    """The next answer to a read arrives so much later."""

    def late(data):
        rig.clock.after(ms, rig.uart.receive, data)
        return b""

    once(rig.uart.rx, b"+QIOTOTARD", late)


def test_a_lost_probe_or_its_lost_or_late_answer_does_not_skip_a_block():
    for what in ("lost command", "lost answer", "late answer", "damaged command"):
        rig = Rig([plan("2_0_0", 24000)], flash_free=16384)
        assert rig.run(lambda rig: rig.sent("AT+QIOTOTARD=10240,"), 60000)
        hit = []

        def fault(data, rig=rig, what=what, hit=hit):
            if hit or not (data.startswith(b"AT+QIOTOTARD=") and data.endswith(b",1\r\n")):
                return data
            hit.append(data)
            if what == "lost answer":
                lose_urc(rig, "+QIOTOTARD")
            if what == "late answer":
                delay_answer(rig, 7000)
            if what == "damaged command":
                return data.replace(b"=", b"?")
            return b"" if what == "lost command" else data

        rig.uart.tx.filters.append(fault)
        assert ends(rig) == ([10705], ""), what
        assert len(rig.sent("AT+QIOTUPDATE=2")) == 1 and hit == [b"AT+QIOTOTARD=8192,1\r\n"]


def test_a_block_whose_announcement_lost_its_end_is_read_to_its_end():
    # An erase leaves 32 bytes of a line: 0,40 of 0,4096.
    rig = Rig([plan("2_0_0", 8000)], flash_free=4096)
    change_urc(rig, b"8768,0,4096", b"8768,0,40")
    assert ends(rig) == ([10705], "")
    assert len(rig.sent("AT+QIOTUPDATE=2")) == 2


def test_the_end_of_a_block_that_was_not_announced_is_found_without_reading_past_it():
    rig = Rig([plan("2_0_0", 20000)], flash_free=7000)
    lose_urc(rig, "7,10703")
    refused = []
    on_trace = rig.module.on_trace

    def trace(direction, text):
        if direction == "RX" and text.strip() == "ERROR":
            refused.append(rig.commands[-1][1])
        on_trace(direction, text)

    rig.module.on_trace = trace
    assert ends(rig) == ([10705], "")
    assert [line for line in refused if "OTARD" in line and not line.endswith(",1")] == []


def test_a_block_without_a_byte_is_a_failure_and_not_the_end():
    rig = Rig([plan("2_0_0", 8000)])
    change_urc(rig, b"8768,0,8768", b"8768,0,0")
    rig.module.ota.read = lambda start, length: None
    assert ends(rig) == ([10706], "empty-block")
    assert not rig.sent("AT+QIOTUPDATE=2")


def test_a_block_that_seems_to_have_no_byte_is_looked_at():
    rig = Rig([plan("2_0_0", 8000)])
    change_urc(rig, b"8768,0,8768", b"8768,0,0")
    assert ends(rig) == ([10705], "")


def test_a_retry_whose_announcements_are_lost_passes_by_what_is_here():
    rig = Rig([plan("2_0_0", 12000)], flash_free=3000)
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTUPDATE=2")) == 2, 60000)
    lose_urc(rig, "7,10703")
    rig.module.ota.download_failed()
    assert ends(rig) == ([10705], "")


def test_the_same_block_for_ever_is_not_read_for_ever():
    rig = Rig([plan("2_0_0", 8000)], flash_free=3000)
    rig.module.ota._next_block = lambda: rig.module.ota._soon(4) or True
    assert ends(rig) == ([10706], "no-progress")


# --- what is given up, and for what


MD5, SHA256 = 4, 6  # fields of 10701


def change_digests(rig, which):
    """A digit of these fields of 10701 arrives as another one."""

    def change(data):
        if b"7,10701" not in data:
            return data
        fields = data.split(b",")
        for index in which:
            digit = b"0" if fields[index][1:2] != b"0" else b"1"
            fields[index] = b'"' + digit + fields[index][2:]
        return b",".join(fields)

    rig.uart.rx.filters.append(change)


def test_a_digit_that_changed_in_one_digest_costs_nothing():
    for index in (MD5, SHA256):
        rig = Rig([plan("2_0_0", 8000)])
        change_digests(rig, (index,))
        assert ends(rig) == ([10705], ""), index


def test_two_wrong_digests_refuse_the_package():
    rig = Rig([plan("2_0_0", 8000)])
    change_digests(rig, (MD5, SHA256))
    assert ends(rig) == ([10706], "wrong-sha256")


# --- a target of another component


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
