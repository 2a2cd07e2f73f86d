"""`qsota record`: what it taps, what it takes out, how it is written."""

import re
import threading
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qsota_tools import cli
from qsota_tools.common.ports import Port
from qsota_tools.transcript import log_text
from qsota_tools.transcript.entries import Entry, from_text, to_text
from qsota_tools.transcript.mask import Mask
from qsota_tools.transcript.split import Piece, split
from qsota_tools.transcript.tap import Tap

VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"\\{}'))


def written(*lines, direction="RX"):
    """The file of a transcript with these lines."""
    entries = [Entry(0.0, direction, line.encode() + b"\r\n") for line in lines]
    return to_text(Mask().masked(entries))


# What is taken out


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ('AT+QIOTCFG="productinfo","p11abc","c2VjcmV0c2VjcmV0"', "c2VjcmV0c2VjcmV0"),
        ('AT+QIOTCFG="productinfo","p11abc","c2VjcmV0c2VjcmV0"', "p11abc"),
        ('+QIOTCFG: "productinfo","p11abc","c2VjcmV0c2VjcmV0",1', "c2VjcmV0"),
        ('AT+QIOTCFG="dk_ds","VDK1","DS0123456789"', "DS0123456789"),
        ("861234567890123", "861234567890123"),
        ("+GSN: 861234567890123", "861234567890123"),
        ("+QIOTINFO: IMEI,861234567890123", "861234567890123"),
        ("+QCCID: 8986012345678901234F", "8986012345678901234"),
        ("460001234567890", "460001234567890"),
        ('+CNUM: ,"+8613912345678",145', "13912345678"),
        ("AT+CPIN=4711", "4711"),
        ('AT+QICSGP=1,1,"internet","alice","wonder",1', "wonder"),
        ('+QIOTEVT: 7,10701,"MCU",9,"x",1,"http://a.example/f?token=abc123"', "abc123"),
        ("+CGPADDR: 1,10.23.45.67", "10.23.45.67"),
        ("+QGPSLOC: 061951.0,3150.7823N,11711.9293E,0.7", "3150.7823"),
        ("+QIOTEVT: 5,10200,5,hello", "hello"),
        ("AT+QIOTSEND=0,5,hello", "hello"),
    ],
)
def test_what_is_nobody_elses_business_is_not_in_the_file(line, secret):
    text = written(line)
    assert secret not in text
    assert len(text.splitlines()[1]) == len(
        to_text([Entry(0.0, "RX", line.encode() + b"\r\n")]).splitlines()[1]
    )


@pytest.mark.parametrize(
    "line",
    [
        '+QIOTEVT: 7,10701,"STM32",27954,"95cbdeb4faeda4322ad9b65eb731ed2b",4022793929,"'
        + "12345678901234567890123456789012" * 2
        + '"',
        '+QIOTMCUVER: "MCU","2_0_0"',
        "AT+QIOTOTARD=27648,306",
        "+CSQ: 24,99",
        "Revision: EC200UCNAAR03A09M08",
    ],
)
def test_what_the_protocol_needs_stays(line):
    assert line in written(line)


def test_a_secret_is_taken_out_wherever_it_turns_up_again():
    text = written('AT+QIOTCFG="productinfo","p11abc","c2VjcmV0"', "echo: c2VjcmV0 and p11abc")
    assert "c2VjcmV0" not in text and "p11abc" not in text


@given(pk=VISIBLE.filter(lambda t: len(t) > 5), ps=VISIBLE.filter(lambda t: len(t) > 5))
@example(pk="p11abc", ps="p11abcd")
@example(pk="xxxxx1", ps="xxxxx2")
def test_no_product_key_and_no_secret_survives_whatever_they_are(pk, ps):
    line = f'AT+QIOTCFG="productinfo","{pk}","{ps}"'
    found = re.search(r'productinfo","(.*)","(.*)"', written(line))
    assert found[1] != pk and found[2] != ps
    assert (len(found[1]), len(found[2])) == (len(pk), len(ps))


def test_data_of_packages_and_messages_is_only_counted():
    entries = split(
        [
            Piece(0.0, "TX", b"AT+QIOTSEND=0,9\r"),
            Piece(0.1, "RX", b"\r\n> "),
            Piece(0.2, "TX", b"my\rsecret"),
            Piece(0.3, "RX", b"\r\nOK\r\n\r\n+QIOTOTARD: 0,4\r\n\x00\r\nX\r\n\r\nOK\r\n"),
        ]
    )
    text = to_text(entries)
    assert "secret" not in text
    assert "TX {9 data}" in text and "RX {4 raw}" in text


# The file


@given(st.lists(st.binary(min_size=1, max_size=30)))
def test_any_bytes_can_be_written_and_read_back(lines):
    entries = [Entry(1.0, "RX", line) for line in lines]
    assert from_text(to_text(entries)) == entries


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no transcript"),
        ("# qsota transcript 2\n", "no transcript"),
        ("# qsota transcript 1\n0.0 TX AT\nsomething\n", "x:3: not `SECONDS TX|RX TEXT`"),
        ("# qsota transcript 1\n0.0 TX \N{SNOWMAN}\n", "x:2: characters that have to be escaped"),
    ],
)
def test_what_is_no_transcript_is_refused_with_the_line(text, problem):
    with pytest.raises(Exception, match=re.escape(problem)):
        from_text(text, "x")


# Where it comes from


def test_a_tap_passes_everything_on_and_tells_who_said_it(tmp_path):
    board, module = (Port(f"pty:{tmp_path / name}") for name in ("board", "module"))
    board.open()
    module.open()
    with Tap(str(tmp_path / "board"), str(tmp_path / "module"), 115200) as tap:
        ends = ((board, b"AT\r", module), (module, b"\r\nOK\r\n", board))
        for end, data, other in ends:
            end.read()  # notices its peer
            end.write(data)
            heard = b""
            deadline = time.monotonic() + 10
            while heard != data and time.monotonic() < deadline:
                tap.pass_on()
                heard += other.read()
            assert heard == data
    assert [(entry.direction, entry.data) for entry in split(tap.pieces)] == [
        ("TX", b"AT\r"),
        ("RX", b"\r\n"),
        ("RX", b"OK\r\n"),
    ]
    board.close()
    module.close()


def test_a_board_and_a_module_are_recorded_by_the_command(tmp_path, capsys):
    names = {name: str(tmp_path / name) for name in ("uart", "module")}
    ends = {name: Port(f"pty:{path}") for name, path in names.items()}
    for end in ends.values():
        end.open()
    output = tmp_path / "module.txt"

    def speak():
        end = time.monotonic() + 2
        while time.monotonic() < end:
            for name in ends:
                ends[name].read()
            ends["uart"].write(b"AT+GSN\r")
            ends["module"].write(b"\r\n861234567890123\r\n\r\nOK\r\n")
            time.sleep(0.3)

    speaker = threading.Thread(target=speak)
    speaker.start()
    command = ["record", "--uart", names["uart"], "--module", names["module"], "--timeout", "3"]
    assert cli.main([*command, "--note", "EC200U", "-o", str(output)]) == 0
    speaker.join()
    text = output.read_text()
    assert text.startswith("# qsota transcript 1\n# EC200U\n")
    assert "TX AT+GSN\\r\n" in text and "RX OK\\r\\n\n" in text
    assert "861234567890123" not in text and "RX 000000000000001\\r\\n" in text
    for end in ends.values():
        end.close()


def test_a_log_becomes_a_transcript_and_its_prose_does_not():
    log = """
# Anfang
Verbinden:
[TX]AT+QIOTREG=1
[RX]OK

[RX]+QIOTEVT: 3,10200
设备升级
c
[TX]AT+QIOTOTARD=0,1024
[RX]+QIOTOTARD: 0,1024

00000064
65746e45
...

OK
...
"""
    assert [entry.text or "..." for entry in log_text.entries(log)] == [
        "AT+QIOTREG=1",
        "OK",
        "+QIOTEVT: 3,10200",
        "AT+QIOTOTARD=0,1024",
        "+QIOTOTARD: 0,1024",
        "{1024 hexwords}",
        "OK",
        "...",
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ([], "name --uart and --module, or a --log"),
        (["--uart", "x"], "name --uart and --module, or a --log"),
        (["--uart", "x", "--module", "y", "--log", "z"], "name --uart and --module, or a --log"),
        (["--log", "empty.txt"], "no dialogue"),
    ],
)
def test_what_is_to_be_recorded_must_be_said(options, problem, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").write_text("nothing\n")
    assert cli.main(["record", *options, "-o", "out.txt"]) == 1
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "out.txt").exists()
