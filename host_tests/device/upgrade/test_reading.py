"""Reading a package where link, module or target make it hard: it succeeds, or says why not."""

from cases import long
from qsota.update import package
from qsota_tools.center.plan import Component, Plan
from qsota_tools.proof.lab.faults import lose_answer
from qsota_tools.proof.lab.packages import image, make
from qsota_tools.proof.lab.rig import Rig
from reading_runs import HOUR, ends, reads
from util import with_loaded
from words import plan


def sizes(rig):
    return [int(line.split(",")[1]) for line in reads(rig) if "," in line]


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


@long
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
