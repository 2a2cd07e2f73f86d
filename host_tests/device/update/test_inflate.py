import binascii
from hashlib import sha256

import deflate
import micropython

from qsota.errors import PackageError
from qsota.update.inflate import Inflater
from qsota_tools.proof.lab.packages import stored
from streams import Bits, inflated, match, zeros
from util import drive, pattern, raises

# 4137 bytes of text and noise by turns, and what zlib makes of them with a window of 512 bytes.
TEXT = b"".join(
    b"qsota %d " % (n % 11) * (n % 8) + sha256(b"%d" % n).digest()[: n % 9] for n in range(130)
)
DEFLATED = binascii.a2b_base64(
    "nc5/TJQFHMfxACsWBEWWBgs/SQ5wuj3PPc/dc8cWCEEiOFmRKWgh1FFoSe5YgAqZTZdmFkZEcikFMkXULFemk2G1ZD"
    "i0I/wxcIsgArNhk4kb5Wjrc4/Ow4fnefzr9f58n3vubpWrsCgXIlas+j8sUO10sST4uuDeOUwZWqZPLy5mW6Hn5dlh"
    "ZX0cNhh1YKTlweKVXArMWupfUPP7rM2z8pIs7R2Pe/+pw/tYFG5GGku93DSj1fsZaLnimU6mBXomdNflsCUYdUP07o"
    "peDhlm/SN21Fl97mD5iMe9egmPNqREPRf68KT2KdwKbtU+zkqGA1pebWOJAoxEYXo+W73pW5ITf8L7PsyamVN3f/n3"
    "1mUFFz08Sfh216uu9uJpnDJUc9xpX25pKlrEbcXttWmaxVCgp/Uhlh1GzUtfxnTArJcipcFet3tqMA8CfhpuWlSZxi"
    "VCdWO/3zznxlxOC3zdOdk/++97lgjcEiZW1nU1wwqj7t/DssGsQRWbzuw45eG048mKjI9SORxQdc1deui+57lEAeMj"
    "+aQrOGnSOm71fhuHUupaurdXe9+DMS2GncGQYFYxtdoviMOKkCldbWwbVMOdeVkhHAp8DYhIu/poOZcdWiaebvFc8U"
    "RzOqBnzOILnrvL4vdziwLuIMzr/+a7TAtalZeZElTzAi+HsmX4Gh9ZVV7DYYWWjtEdxz8c4rJBz59jR+M+/q2IU4FR"
    "3z5cm/DJYMlabjvM2sAQBTywhSlANa5rm/cpfJ3nWfcX2wItv5i6sCuQQ4KeJ5Z+s7z3fS4ZRh3LDu8JO7CL0wqzvj"
    "U981xvzFczuRVUMexQvZTHcsDX4YKTTFHABHFtwWgzh3rUdvfmUn/1S2FU2Z2ICO+/tMCs1XV718ohm1OTt0+uHysr"
    "5Vn2PrbesJ5hg69Hv2Mp0DK5NYBph56HKucXsh0w6lPza7L7OUQBdxbHOn45EJf9XmXQwD8ljd4r2t9oro269mwttw"
    "W3Ko3zMYYMLdcnsqzQc+UcP6YNRu07+2MnW4FZ96WOfZq4Jjz6g+xmnhw4e/6JvUfSrnOKAm5EbHfwK+u7z9zFg/rA"
    "V1HTfQwL9HzkAkuCUZV3MpgyzJqS8VLTiyPXh2fwYENY5kUlvoRLgWrq7CrX6aEXOO3wVXr6ytGRH9I7uB2YWFEwFK"
    "Es9aJvTbf3XZh1pOfzgwtf/5NTwmvOrYMJHDJUd0777JTo5rLC15iugdZjvcOcNmjZfzi34fye/F+5FRjTbtgNDAfM"
    "KthnHmnjELCpMXIxW4RqRE9AYiCHBb42OOuzkMQlQcvlY119Xx9v5JShZ+jWYWWN8O9cbivMaTPttmjvT9nhzI/6Dw"
    "=="
)


def refusal(stream, piece=1000, window_bits=9):
    return raises(PackageError, inflated, stream, piece, window_bits).reason


def test_a_stream_is_unpacked_whatever_the_pieces():
    assert len(TEXT) == 4137
    for piece in (1, 7, 255, 1024, 5000):
        assert inflated(DEFLATED, piece) == TEXT


def test_a_larger_window_than_the_stream_needs_changes_nothing():
    assert inflated(DEFLATED, window_bits=12) == TEXT


def test_output_comes_before_the_input_ends():
    pieces = []
    inflater = Inflater(9, lambda piece: pieces.append(len(piece)))
    drive(inflater.write(memoryview(stored(bytes(3000)))[:1200]))
    assert pieces == [256, 256]
    assert sum(pieces) > 1200 - 808 - 256


def test_a_piece_of_output_never_takes_more_input_than_is_waited_for():
    # What the Inflater relies on: DeflateIO takes no byte ahead of its need.
    for stream in (DEFLATED, stored(pattern(5000), 2000), zeros(40)):
        ring = micropython.RingIO(len(stream))
        ring.write(stream)
        source = deflate.DeflateIO(ring, deflate.RAW, 9)
        piece = bytearray(256)
        n = 256
        while n == 256:
            before = ring.any()
            n = source.readinto(piece)
            assert before - ring.any() <= 808
        assert ring.any() == 0


def test_stored_blocks_and_outputs_that_end_with_a_piece():
    for size in (0, 1, 255, 256, 257, 512, 5000):
        data = pattern(size)
        assert inflated(stored(data)) == data
        assert inflated(stored(data, 2000), 1) == data


def test_long_matches():
    assert inflated(zeros(400)) == bytes(1 + 258 * 400)
    assert inflated(zeros(0)) == b"\0"


def test_a_match_reaches_back_as_far_as_the_window():
    data = pattern(512)
    head = stored(data)[1:]
    tail = Bits()
    tail.number(0b011, 3)
    match(tail, (17, 127, 7))  # distance 385 + 127 = 512
    tail.code(0, 7)
    assert inflated(b"\0" + head + tail.done()) == data + data[:258]


def test_every_truncation_is_refused():
    for stream in (DEFLATED, stored(pattern(700)), zeros(9)):
        for n in range(0, len(stream), 1 + len(stream) // 300):
            assert refusal(stream[:n]) == "bad-payload"
        assert refusal(stream[:-1]) == "bad-payload"


def test_bytes_after_the_end_are_refused():
    for stream in (DEFLATED, stored(pattern(700)), zeros(9)):
        for tail in (b"\0", stream, bytes(2000)):
            for piece in (1, 1000, 5000):
                assert refusal(stream + tail, piece) == "bad-payload"


def test_what_is_no_stream_is_refused():
    for stream in (
        b"\7",  # the reserved block type
        b"\1\5\0\0\0hello",  # a stored block whose length and complement differ
        b"\xff" * 2000,
        b"\x05" + bytes(1000),  # tables without an end-of-block code
        b"",
    ):
        assert refusal(stream) == "bad-payload"


def test_a_match_beyond_the_window_is_refused():
    bits = Bits()
    bits.number(0b011, 3)
    bits.code(0x30, 8)
    match(bits, (20, 0, 9))  # distance 1025
    bits.code(0, 7)
    assert refusal(bits.done()) == "bad-payload"


def test_after_a_refusal_everything_is_refused():
    inflater = Inflater(9, bytearray().extend)
    view = memoryview(b"\7" + bytes(2000))
    for _ in range(3):
        assert raises(PackageError, inflater.write, view).reason == "bad-payload"
    assert raises(PackageError, inflater.finish).reason == "bad-payload"


def test_an_error_of_the_sink_comes_through():
    def sink(piece):
        raise PackageError("too-large")

    inflater = Inflater(9, sink)
    assert raises(PackageError, inflater.write, memoryview(zeros(9000))).reason == "too-large"


def test_a_window_that_the_heap_has_no_room_for_is_refused():
    class Stream:
        def readinto(self, buf):
            raise MemoryError

    inflater = Inflater(9, bytearray().extend)
    inflater._stream = Stream()
    assert raises(PackageError, inflater.finish).reason == "no-memory"
