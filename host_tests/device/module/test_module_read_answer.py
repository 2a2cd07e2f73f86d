from qsota_tools.module.options import Options
from qsota_tools.module.read_answer import Block, encode, response, transcript, words

DATA = bytes(range(0x41, 0x4B))  # ABCDEFGHIJ


def test_words_are_little_endian_with_a_short_last_one():
    assert words(b"") == []
    assert words(bytes([0x64, 0, 0, 0]) + b"Ente") == ["00000064", "65746e45"]
    assert words(b"ABCDE") == ["44434241", "45"]
    assert words(b"ABCDEF") == ["44434241", "4645"]
    assert words(b"ABCDEFG") == ["44434241", "474645"]


def test_the_forms_on_the_wire():
    assert encode(DATA, "raw") == DATA
    assert encode(DATA, "hex") == b"4142434445464748494a"
    assert encode(DATA, "hexwords") == b"44434241\r\n48474645\r\n4a49"


def test_the_frame_as_it_is_by_default():
    assert response(Block(7, b"\r\nOK\r\n\0"), Options()) == (
        b"\r\n+QIOTOTARD: 7,7\r\n\r\nOK\r\n\0\r\n\r\nOK\r\n"
    )


def test_each_part_of_the_frame_is_an_option():
    for options, frame in (
        (Options(leading_crlf=False), b"+QIOTOTARD: 0,2\r\nAB\r\n\r\nOK\r\n"),
        (Options(trailer=1), b"\r\n+QIOTOTARD: 0,2\r\nAB\r\nOK\r\n"),
        (Options(blank_line=True), b"\r\n+QIOTOTARD: 0,2\r\n\r\nAB\r\n\r\nOK\r\n"),
        (Options(payload="hex"), b"\r\n+QIOTOTARD: 0,2\r\n4142\r\n\r\nOK\r\n"),
        (Options(payload="hexwords"), b"\r\n+QIOTOTARD: 0,2\r\n4241\r\n\r\nOK\r\n"),
    ):
        assert response(Block(0, b"AB"), options) == frame


def test_the_transcript_abbreviates_the_data():
    assert transcript(Block(0, DATA)) == "+QIOTOTARD: 0,10\n\n44434241\n48474645\n4a49\n\nOK"
    text = transcript(Block(1024, bytes(1024)))
    assert text == "+QIOTOTARD: 1024,1024\n\n" + "00000000\n" * 4 + "...\n\nOK"
