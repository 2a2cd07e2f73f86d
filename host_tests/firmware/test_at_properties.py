"""What must hold for every byte stream, however it is cut."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from qsota import log
from qsota.command.forms import AUTO, HEX, HEXWORDS, RAW, Payload
from qsota.resident.at_parser import Parser
from qsota.session import events
from qsota.session.quecthing import QuecThing
from scripted import OK, converse

log.sink = None

cuts = st.lists(st.integers(1, 40), max_size=40)
noisy = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from([b"\r\n", b"OK\r\n", b"ERROR\r\n", b"+QIOTEVT: 7,10706\r\n", b"AT", b'"']),
    ),
    max_size=20,
).map(b"".join)
images = st.builds(lambda a, b: a + b"\r\nOK\r\n" + b, noisy, noisy)
urcs = st.sampled_from([b"7,10702", b"3,10200", b"7,10704", b"6,10200"]).map(
    lambda event: b"\r\n+QIOTEVT: " + event + b"\r\n"
)


def pieces(data, sizes):
    """data cut into pieces of these sizes; what is left is the last piece."""
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


def parse(stream, sizes, n, form=RAW):
    """Lines and payload of a stream in which +QIOTOTARD: starts a payload of n bytes."""
    lines, buf, payload = [], bytearray(n), Payload(form)

    def on_line(line):
        lines.append(line)
        if line.startswith(b"+QIOTOTARD:") and payload.count == 0:
            payload.begin(buf, n)
            parser.expect(payload)

    parser = Parser(on_line)
    for piece in pieces(stream, sizes):
        parser.feed(piece, len(piece))
    return lines, bytes(buf), payload


def in_form(data, form):
    if form == HEX:
        return data.hex().encode()
    if form == HEXWORDS:
        return b"\r\n".join(data[i : i + 4][::-1].hex().encode() for i in range(0, len(data), 4))
    return data


@given(noisy, cuts)
def test_any_slicing_gives_the_same_lines(stream, sizes):
    assert parse(stream, sizes, 0)[0] == parse(stream, [], 0)[0]


@given(images, cuts)
def test_any_slicing_gives_the_same_payload(image, sizes):
    stream = b"\r\n+QIOTOTARD: 0,%d\r\n" % len(image) + image + b"\r\n\r\nOK\r\n"
    lines, data, _ = parse(stream, sizes, len(image))
    assert data == image
    assert lines == [b"+QIOTOTARD: 0,%d" % len(image), b"OK"]


@given(st.binary(min_size=4, max_size=200), st.sampled_from([RAW, HEX, HEXWORDS]), cuts)
def test_every_wire_form_is_decoded(image, form, sizes):
    stream = b"+QIOTOTARD: 0,9\r\n" + in_form(image, form) + b"\r\nOK\r\n"
    lines, data, payload = parse(stream, sizes, len(image), form)
    assert data == image and not payload.failed and lines[-1] == b"OK"


@given(st.binary(max_size=200), st.sampled_from([RAW, HEX, HEXWORDS]), st.booleans(), cuts)
def test_auto_finds_the_wire_form_of_a_package(tail, form, blank_line, sizes):
    image = b"QSOT\x01\x00\x00\x00" + tail
    lead = b"\r\n" if blank_line and form != RAW else b""
    stream = b"+QIOTOTARD: 0,9\r\n" + lead + in_form(image, form) + b"\r\nOK\r\n"
    lines, data, payload = parse(stream, sizes, len(image), AUTO)
    assert payload.form == form and data == image and lines[-1] == b"OK"


@given(noisy, st.sampled_from([RAW, HEX, HEXWORDS, AUTO]), st.integers(0, 100), cuts)
def test_garbage_never_raises(stream, form, n, sizes):
    _, data, payload = parse(b"+QIOTOTARD: 0,9\r\n" + stream, sizes, n, form)
    assert 0 <= payload.count <= n == len(data)


@settings(max_examples=50)
@given(images, st.lists(urcs, min_size=3, max_size=3), st.booleans())
def test_a_urc_at_any_legal_place_leaves_the_payload_exact(image, events_said, echo):
    """Between echo and header, between data and OK, after the OK."""
    line = f"AT+QIOTOTARD=5,{len(image)}"
    answer = (line.encode() + b"\r\r\n" if echo else b"") + events_said[0]
    answer += b"\r\n+QIOTOTARD: 5,%d\r\n" % len(image) + image
    answer += b"\r\n" + events_said[1] + OK + events_said[2]

    async def talk(at, module, clock):
        quec = QuecThing(at)
        buf = bytearray(len(image))
        assert await quec.read(5, buf, len(image)) == len(image)
        assert buf == image
        await asyncio.sleep_ms(50)
        said = [b"\r\n+QIOTEVT: %d,%d\r\n" % (e.type, e.code) for e in quec.events]
        assert said == events_said and at.unknown == 0

    converse(talk, {line: answer})


@settings(max_examples=50)
@given(noisy)
def test_whatever_was_said_before_a_synced_command_gets_its_own_answer(garbage):
    async def talk(at, module, clock):
        QuecThing(at)
        module.say(garbage)
        await at.sync()
        assert await at.command("AT+CSQ", b"+CSQ:") == [b"+CSQ: 20,99"]

    converse(talk, {"AT+CSQ": b"\r\n+CSQ: 20,99\r\n" + OK})


@given(st.binary(max_size=300))
def test_parsing_an_event_never_raises(data):
    for head in (b"", b"+QIOTEVT:", b"+QIOTEVT: 7,", b"+QIOTEVT: 7,10701,", b"+QIOTSUBEVT: "):
        event = events.parse(head + data)
        assert event is None or isinstance(event.type, int)


@given(st.data())
def test_an_event_that_is_damaged_never_raises(data):
    line = bytearray(
        b'+QIOTEVT: 7,10701,"STM32",27954,"95cbdeb4faeda4322ad9b65eb731ed2b",4022793929,"'
        + b"2b" * 32
        + b'"'
    )
    for _ in range(data.draw(st.integers(1, 4))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    event = events.parse(bytes(line))
    if isinstance(event, events.DownloadStart):
        assert len(event.md5) == 16 and event.length >= 0


texts = st.text(st.characters(blacklist_characters='"', blacklist_categories=["Cs"]), max_size=20)


@given(st.lists(st.one_of(texts, st.integers(-9999999999, 9999999999)), min_size=1, max_size=12))
def test_fields_come_back_as_they_were_written(fields):
    line = ",".join(str(f) if isinstance(f, int) else f'"{f}"' for f in fields)
    assert events.split_fields(line.encode()) == fields
