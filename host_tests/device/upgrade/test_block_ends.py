"""Where blocks begin and end, and what is given up for what."""

from qsota_tools.proof.lab.faults import change_urc, lose_urc, once
from qsota_tools.proof.lab.rig import Rig
from reading_runs import ends
from words import plan

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
