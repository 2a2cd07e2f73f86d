from qsota.command.forms import AUTO, HEX, HEXWORDS, RAW, Payload

DATA = bytes(range(256)) * 2
TRAILER = b"\r\n\r\nOK\r\n"

# The words that the SOTA example prints, and the bytes they stand for.
PRINTED = (
    (b"00000064\r\n65746e45\r\n52412072\r\n4d545f48\r\n", b"d\0\0\0Enter ARH_TM"),
    (b"71657220\r\n74736575\r\n00000000\r\n532c736b\r\n", b" request\0\0\0\0ks,S"),
    (b"6c512072\r\n6365535f\r\n54646e6f\r\n6369546f\r\n", b"r Ql_SecondToTic"),
)


def hexed(data):
    return b"".join(b"%02x" % byte for byte in data)


def words(data, full_last=False):
    """What a viewer of 32-bit little-endian words makes of data."""
    lines = []
    for i in range(0, len(data), 4):
        word = bytes(reversed(list(data[i : i + 4])))
        if full_last:
            word = bytes(4 - len(word)) + word
        lines.append(hexed(word) + b"\r\n")
    return b"".join(lines)


def decode(payload, stream, n, cut=1000000):
    """Feed stream in pieces of cut bytes; returns (decoded bytes, bytes not taken)."""
    buf = bytearray(n)
    payload.begin(buf, n)
    i = 0
    while i < len(stream) and not payload.done:
        end = min(i + cut, len(stream))
        taken = payload.feed(stream, i, end)
        assert payload.done or taken == end
        i = taken
    return bytes(buf[: payload.count]), stream[i:]


def test_raw_takes_exactly_n_bytes():
    for cut in (1, 7, 1000):
        payload = Payload(RAW)
        assert decode(payload, DATA + TRAILER, len(DATA), cut) == (DATA, TRAILER)
        assert payload.done and payload.count == len(DATA) and not payload.failed


def test_raw_data_is_never_looked_at():
    assert decode(Payload(RAW), b"\r\n00000064\r\n" + TRAILER, 12)[0] == b"\r\n00000064\r\n"


def test_hex_is_two_digits_per_byte_in_order():
    assert decode(Payload(HEX), b"000102fF" + TRAILER, 4) == (b"\x00\x01\x02\xff", TRAILER)


def test_hex_may_have_white_space_between_bytes():
    stream = b"\r\n0001 02\r\n03\t04\r\n" + TRAILER
    assert decode(Payload(HEX), stream, 5, 1)[0] == b"\x00\x01\x02\x03\x04"


def test_hex_with_white_space_inside_a_byte_fails():
    payload = Payload(HEX)
    decode(payload, b"00 1 2" + TRAILER, 3)
    assert payload.failed and payload.done and payload.count == 1


def test_a_byte_that_is_no_digit_ends_a_text_form_and_is_not_taken():
    for form in (HEX, HEXWORDS):
        payload = Payload(form)
        data, rest = decode(payload, b"00000064\r\nOK\r\n", 16)
        assert payload.failed and payload.done and len(data) == 4
        assert rest == b"OK\r\n"


def test_hexwords_are_the_words_of_the_sota_example():
    for text, data in PRINTED:
        for cut in (1, 3, 100):
            assert decode(Payload(HEXWORDS), b"\r\n" + text + TRAILER, 16, cut)[0] == data


def test_a_last_short_word_has_the_digits_of_its_bytes():
    for n in (5, 6, 7):
        for full in (False, True):
            payload = Payload(HEXWORDS)
            data, rest = decode(payload, words(DATA[:n], full) + TRAILER, n, 1)
            assert data == DATA[:n] and rest.strip() == b"OK"


def test_a_short_word_in_the_middle_fails():
    payload = Payload(HEXWORDS)
    decode(payload, b"00000064\r\n65746e\r\n52412072\r\n", 12)
    assert payload.failed and payload.count == 4


def test_a_last_word_that_is_too_short_or_odd_fails():
    for last in (b"65", b"657", b"65746"):
        payload = Payload(HEXWORDS)
        decode(payload, b"00000064\r\n" + last + b"\r\n", 6)
        assert payload.failed and payload.count == 4


def test_auto_knows_raw_data():
    for data in (b"QSOT" + DATA, b"\r\n" + DATA, b"\n" * 100, b"0123456789\x00" + DATA):
        for cut in (1, 5, 1000):
            payload = Payload(AUTO)
            assert decode(payload, data + TRAILER, len(data), cut) == (data, TRAILER)
            assert payload.form == RAW


def test_auto_knows_hexwords():
    for blank in (b"", b"\r\n"):
        for cut in (1, 5, 1000):
            for n in (4, 5, 8, 16, 17, 31, 512):
                payload = Payload(AUTO)
                stream = blank + words(DATA[:n]) + TRAILER
                assert decode(payload, stream, n, cut)[0] == DATA[:n]
                assert payload.form == HEXWORDS


def test_auto_knows_hex():
    spaced = b" ".join(hexed(DATA[i : i + 1]) for i in range(512))
    for text in (hexed(DATA), spaced, spaced.replace(b" ", b"\r\n")):
        for cut in (1, 5, 1000):
            payload = Payload(AUTO)
            assert decode(payload, b"\r\n" + text + TRAILER, 512, cut)[0] == DATA
            assert payload.form == HEX


def test_auto_knows_a_short_raw_chunk_that_looks_like_text():
    for n in range(4, 32):
        for cut in (1, 1000):
            data = b"0123456789abcdef0123456789abcdef"[:n]
            payload = Payload(AUTO)
            decoded, rest = decode(payload, data + TRAILER, n, cut)
            assert decoded == data and rest.strip() == b"OK"
            assert payload.form == RAW


def test_auto_takes_up_to_three_bytes_as_raw_and_settles_nothing():
    for n in (1, 2, 3):
        payload = Payload(AUTO)
        assert decode(payload, b"ab\n"[:n] + TRAILER, n) == (b"ab\n"[:n], TRAILER)
        assert payload.form == AUTO


def test_the_decision_of_auto_sticks_until_forget():
    payload = Payload(AUTO)
    decode(payload, words(DATA[:64]) + TRAILER, 64)
    assert decode(payload, words(DATA[64:66]) + TRAILER, 2)[0] == DATA[64:66]
    payload.forget()
    assert decode(payload, b"QSOT" + TRAILER, 4)[0] == b"QSOT"


def test_a_configured_form_is_not_forgotten():
    payload = Payload(HEX)
    payload.forget()
    assert payload.form == HEX


def test_one_object_serves_every_chunk():
    payload = Payload(AUTO)
    for i in range(0, 512, 100):
        chunk = DATA[i : i + 100]
        assert decode(payload, chunk + TRAILER, len(chunk)) == (chunk, TRAILER)


# --- the line end after the data


def after(payload, data, *ends):
    """Which of these bytes may follow the data, in turn."""
    decode(payload, data, len(data))
    return [payload.ends(end) for end in ends]


CR, LF, BLANK, OK, LETTER = 0x0D, 0x0A, 0x20, 0x4F, 0x58
ENDS = (CR, LF, BLANK, OK)


def test_a_line_end_a_blank_or_ok_may_follow_raw_data_until_one_of_them_has():
    assert after(Payload(RAW), b"QSOT", *ENDS) == [True] * 4
    assert after(Payload(RAW), b"QSOT", LETTER, None) == [False, False]
    for end in ENDS:
        payload = Payload(RAW)
        assert after(payload, b"QSOT", end) == [True]
        payload.settle()
        assert after(payload, b"QSOT", *ENDS) == [other == end for other in ENDS]
        assert after(payload, b"QSOT", LETTER) == [False]


def test_after_lost_bytes_those_of_cr_lf_are_no_data_and_what_comes_then_no_line_end():
    for data in (b"QSO\r", b"QS\r\n"):
        assert after(Payload(RAW), data, LF, BLANK, OK) == [False] * 3
        assert after(Payload(RAW), data, CR) == [True]


def test_text_shows_by_itself_where_it_ends():
    assert after(Payload(HEX), b"5153", LETTER) == [True]


def test_form_and_line_end_are_a_number_for_the_record():
    for form, number in ((AUTO, 0), (RAW, 1), (HEX, 2), (HEXWORDS, 3)):
        payload = Payload(form)
        assert payload.code == number
        payload.begin(bytearray(4), 4)
        payload.ends(LF)
        payload.settle()
        assert payload.code == (number + 16 if number else 0)
    for number in (1, 2, 3, 17, 18, 19, 33, 49):
        payload = Payload(AUTO)
        payload.learn(number)
        assert payload.code == number


def test_a_configured_form_is_neither_learned_nor_guessed():
    payload = Payload(HEX)
    payload.learn(17)
    payload.take_raw()
    assert payload.form == HEX and payload.code == 18
