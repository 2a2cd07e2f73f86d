from qsota.resident.at_parser import Parser, Skip


class Sink:
    """Takes n bytes."""

    def __init__(self, n):
        self.n = n
        self.data = b""

    @property
    def done(self):
        return len(self.data) == self.n

    def feed(self, buf, start, end):
        end = min(end, start + self.n - len(self.data))
        self.data += bytes(buf[start:end])
        return end


def lines_of(data, line_max=256, cut=None):
    seen = []
    parser = Parser(seen.append, line_max)
    step = cut or len(data)
    for i in range(0, len(data), step):
        piece = data[i : i + step]
        parser.feed(piece, len(piece))
    return seen, parser


def with_payload(data, n, cut, header=b"+H"):
    """The lines and the payload of data, where n payload bytes follow the header line."""
    seen, sink = [], Sink(n)

    def on_line(line):
        seen.append(line)
        if line == header:
            parser.expect(sink)

    parser = Parser(on_line)
    for i in range(0, len(data), cut):
        piece = data[i : i + cut]
        parser.feed(piece, len(piece))
    return seen, sink.data


def test_cr_lf_or_both_end_a_line():
    assert lines_of(b"a\r\nb\rc\nd\r\n")[0] == [b"a", b"b", b"c", b"d"]


def test_b11_empty_lines_and_blanks_around_a_line_are_left_out():
    assert lines_of(b"\r\n\r\n a \r\n \r\n\r\n")[0] == [b"a"]


def test_a_line_waits_for_its_end():
    seen, parser = lines_of(b"OK")
    assert seen == []
    parser.feed(b"\r", 1)
    assert seen == [b"OK"]


def test_only_the_first_n_bytes_count():
    seen = []
    Parser(seen.append).feed(bytearray(b"OK\r\nOK\r\n"), 4)
    assert seen == [b"OK"]


def test_of_an_overlong_line_the_beginning_counts():
    seen, parser = lines_of(b"12345678\r\n123\r\n", 4)
    assert seen == [b"1234", b"123"] and parser.dropped == 0


def test_a_prompt_is_a_line_without_an_end_while_one_is_awaited():
    seen = []
    parser = Parser(seen.append)
    parser.prompts = True
    for piece in (b"\r\n>", b" \r\na>b\r\n"):
        parser.feed(piece, len(piece))
    assert seen == [b">", b"a>b"]


def test_a_prompt_that_nobody_awaits_can_be_seen():
    parser = Parser(lambda line: None)
    for piece, there in ((b"\r\n", False), (b"> ", True), (b"x", False), (b"\r\n", False)):
        parser.feed(piece, len(piece))
        assert parser.at_prompt is there


def test_a_line_for_which_there_is_no_memory_is_reported_and_the_next_one_is_heard():
    seen = []

    def on_line(line):
        seen.append(line)
        if line == b"one":
            raise MemoryError

    parser = Parser(on_line)
    parser.feed(b"one\r\ntwo\r\n", 10)
    assert seen == [b"one", None, b"two"]


def test_a_line_with_control_characters_is_dropped():
    seen, parser = lines_of(b"\x00\x1b\r\na\x7fb\r\nOK\r\n")
    assert seen == [b"OK"] and parser.dropped == 2


def test_tabs_and_utf8_are_no_garbage():
    text = "a\tb é".encode()
    assert lines_of(text + b"\r\n")[0] == [text]


def test_b1_payload_may_contain_ok_and_urcs():
    data = b"\r\nOK\r\n+QIOTEVT: 7,10706\r\nERROR\r\n\x00\xff\nAT"
    stream = b"\r\n+H\r\n" + data + b"\r\nOK\r\n"
    for cut in (1, 2, 3, 7, len(stream)):
        assert with_payload(stream, len(data), cut) == ([b"+H", b"OK"], data)


def test_b1_exactly_one_line_end_is_taken_before_the_payload():
    for data in (b"\nabc", b"\r\nab", b"\n\n\n\n"):
        for cut in (1, 2, 20):
            stream = b"+H\r\n" + data + b"\r\nOK\r\n"
            assert with_payload(stream, 4, cut) == ([b"+H", b"OK"], data)


def test_a_header_that_ends_in_lf_alone_takes_no_second_lf():
    assert with_payload(b"+H\n\nabc\r\nOK\r\n", 4, 1) == ([b"+H", b"OK"], b"\nabc")


def test_a_header_that_ends_in_cr_alone_is_followed_by_data():
    assert with_payload(b"+H\rabcd\r\nOK\r\n", 4, 3) == ([b"+H", b"OK"], b"abcd")


def test_b5_any_number_of_line_ends_may_follow_the_payload():
    for trailer in (b"\r\n", b"\r\n\r\n", b"\n", b""):
        assert with_payload(b"+H\r\nabcd" + trailer + b"OK\r\n", 4, 2) == ([b"+H", b"OK"], b"abcd")


def test_an_empty_payload_changes_nothing():
    assert with_payload(b"+H\r\nOK\r\n", 0, 1) == ([b"+H", b"OK"], b"")


def test_a_payload_can_be_expected_from_outside():
    seen, sink = [], Sink(2)
    parser = Parser(seen.append)
    parser.feed(b"a\r\n", 3)
    parser.expect(sink)
    parser.feed(b"\nbc\r\n", 5)
    assert seen == [b"a", b"c"] and sink.data == b"\nb"


def test_a_payload_right_after_another_keeps_its_first_byte():
    first, second = Sink(2), Sink(2)
    parser = Parser(lambda line: parser.expect(first))
    parser.feed(b"+H\r\nab", 6)
    parser.expect(second)
    parser.feed(b"\nc", 2)
    assert first.data == b"ab" and second.data == b"\nc"


def test_reset_forgets_a_partial_line_and_a_payload():
    seen, parser = lines_of(b"garbage")
    parser.reset()
    parser.feed(b"OK\r\n", 4)
    parser.expect(Sink(100))
    parser.reset()
    parser.feed(b"OK\r\n", 4)
    assert seen == [b"OK", b"OK"]


def test_a_discarded_payload_goes_nowhere_until_reset():
    seen, sink = [], Sink(100)
    parser = Parser(seen.append)
    parser.expect(sink)
    parser.feed(b"abc", 3)
    parser.discard()
    parser.feed(b"OK\r\n", 4)
    parser.reset()
    parser.feed(b"OK\r\n", 4)
    assert seen == [b"OK"] and sink.data == b"abc"


def test_discard_without_a_payload_leaves_the_line():
    seen, parser = lines_of(b"O")
    parser.discard()
    parser.feed(b"K\r\n", 3)
    assert seen == [b"OK"]


def test_skip_takes_exactly_its_bytes():
    skip = Skip(5)
    assert skip.feed(b"abc", 0, 3) == 3 and not skip.done
    assert skip.feed(b"defgh", 1, 5) == 3 and skip.done
