"""One chunk of a package: its size, its wire form and its retries, without a module."""

from qsota import log
from qsota.command.forms import AUTO, HEX, HEXWORDS, RAW, Payload
from qsota.errors import AtError, AtTimeout
from qsota.session.commands import Commands
from qsota.update.chunks import Chunks, Unreadable
from util import run


class Link:
    restarted = False


class Quec(Commands):
    """Answers reads as `answer(at, length)` says: a number of bytes, or a reason to fail."""

    def __init__(self, answer, limit=1024):
        self.asked = []
        self._answer = answer
        self._limit = limit

    async def read_limit(self):
        if isinstance(self._limit, str):
            raise AtError(self._limit)
        return self._limit

    async def read(self, at, buf, length, payload=None):
        self.asked.append((at, length))
        result = self._answer(at, length)
        if isinstance(result, str):
            raise (AtTimeout if result in ("timeout", "no-answer") else AtError)(result)
        payload = payload or Payload(RAW)
        payload.begin(buf, result)
        payload.feed(b"Q" * result, 0, result)
        payload.ends(0x0D)
        return result


def chunks_of(answer, at=1024, code=1, **options):
    """Chunks that read on at an offset, and the module behind them."""
    log.sink = None
    quec = Quec(answer, **options)
    chunks = Chunks(quec, Link(), 1024)
    run(chunks.begin(code, at))
    quec.asked.clear()
    return chunks, quec


def failure(coro):
    async def expect():
        try:
            await coro
        except AtError as error:
            return error.reason
        except Unreadable as error:
            return "unreadable: " + error.reason

    return run(expect())


def answers(*results):
    """Each answer in turn, and then what was asked for."""
    waiting = list(results)
    return lambda at, length: waiting.pop(0) if waiting else length


def read(chunks, at, end=9000):
    data = run(chunks.read(at, end))
    return None if data is None else len(data)


def test_chunks_lie_on_multiples_of_their_size():
    chunks, quec = chunks_of(answers())
    assert [read(chunks, at) for at in (1100, 2048, 8500)] == [948, 1024, 500]


def test_the_part_of_the_header_that_its_crc_covers_is_a_chunk_of_its_own():
    chunks, quec = chunks_of(answers(), 0, 0)
    assert [read(chunks, at) for at in (0, 100, 384)] == [384, 284, 640]


def test_the_limit_that_the_module_tells_is_where_it_begins():
    for limit, size in ((100, 100), (None, 1024), (5000, 1024), ("timeout", 1024), (0, 1024)):
        chunks, quec = chunks_of(answers(), 0, 1, limit=limit)
        assert read(chunks, 3000 // size * size) == size, limit


def test_a_damaged_answer_is_asked_for_again_in_the_same_size_and_then_in_a_smaller_one():
    chunks, quec = chunks_of(answers("bad-payload", "timeout", "wrong-length"))
    assert read(chunks, 2048) == 256
    assert quec.asked == [(2048, 1024), (2048, 1024), (2048, 512), (2048, 256)]


def test_a_refused_chunk_is_smaller_if_the_module_holds_its_first_byte():
    chunks, quec = chunks_of(lambda at, length: "error" if length > 300 else length)
    assert read(chunks, 2048) == 256
    assert quec.asked[:3] == [(2048, 1024), (2048, 1024), (2048, 1)]


def test_a_refused_chunk_is_the_end_of_the_block_if_the_module_does_not():
    chunks, quec = chunks_of(lambda at, length: "error")
    assert read(chunks, 2048) is None
    assert quec.asked == [(2048, 1024)] * 2 + [(2048, 1)] * 2


def test_what_is_never_read_has_an_end():
    chunks, quec = chunks_of(lambda at, length: "bad-payload" if length > 1 or at else 1)
    assert failure(chunks.read(2048, 9000)) == "unreadable: unreadable"
    assert len(quec.asked) == 16 and quec.asked[-1] == (2048, 1)


def test_a_module_that_answers_nothing_at_all_is_left_soon():
    chunks, quec = chunks_of(lambda at, length: "no-answer")
    assert failure(chunks.read(2048, 9000)) == "no-answer"
    assert len(quec.asked) == 3


def test_a_module_that_restarted_holds_nothing_any_more():
    chunks, quec = chunks_of(lambda at, length: "timeout")
    chunks._link.restarted = True
    assert read(chunks, 2048) is None and len(quec.asked) == 1


def test_a_larger_size_that_fails_is_tried_ever_more_rarely():
    chunks, quec = chunks_of(lambda at, length: "bad-payload" if length > 16 else length)
    at = 2048
    while at < 2048 + 16 * 200:
        at += read(chunks, at, 100000)
    tried = [index for index, (_, length) in enumerate(quec.asked) if length == 32]
    # The first one is of the way down; each of the others is asked for twice.
    assert tried[0] < 10 and len(tried) <= 9
    pauses = [b - a for a, b in zip(tried, tried[1:]) if b - a > 2]
    assert pauses == sorted(pauses) and pauses[-1] > 2 * pauses[0]


def test_sizes_come_back_when_the_damage_is_over():
    bad = [1]
    chunks, quec = chunks_of(lambda at, length: "timeout" if bad and length > 64 else length)
    assert read(chunks, 2048, 100000) == 64
    bad.clear()
    at = 2112
    while quec.asked[-1][1] < 1024:
        at += read(chunks, at, 100000)
    assert len(quec.asked) < 60


def test_only_two_refusals_say_that_a_byte_is_not_there():
    for results, held in (
        ((1,), True),
        (("bad-payload",), True),
        (("error", 1), True),
        (("timeout", "error", 1), True),
        (("error", "error"), False),
        (("error", "timeout", "error"), False),
    ):
        chunks, quec = chunks_of(answers(*results))
        assert run(quec.holds(500)) is held, results
        assert quec.asked == [(500, 1)] * len(results)


def test_no_answer_to_a_probe_is_no_refusal():
    chunks, quec = chunks_of(lambda at, length: "timeout")
    assert failure(quec.holds(500)) == "timeout"
    assert len(quec.asked) == 5


def test_touching_a_block_fails_quietly():
    chunks, quec = chunks_of(answers("timeout", 1))
    run(quec.touch(5))
    run(quec.touch(6))
    assert quec.asked == [(5, 1), (6, 1)]


# --- the wire form


def test_a_form_that_is_on_record_is_taken_up():
    for code, form in ((1, RAW), (2, HEX), (3, HEXWORDS)):
        chunks, quec = chunks_of(answers(), 1024, code)
        assert chunks.payload.form == form and chunks.code == code


def test_without_a_record_the_form_is_looked_up_at_the_start():
    log.sink = None
    quec = Quec(answers())
    chunks = Chunks(quec, Link(), 1024)
    run(chunks.begin(0, 2048))
    assert quec.asked == [(0, 384)] and chunks.payload.form == RAW


def test_where_the_start_is_gone_the_data_is_raw():
    chunks, quec = chunks_of(lambda at, length: "error", 2048, 0)
    assert chunks.payload.form == RAW


def test_at_the_start_every_other_try_is_raw():
    forms = []
    chunks, quec = chunks_of(answers(), 0, 0)
    quec._answer = lambda at, length: forms.append(chunks.payload.form) or "timeout"
    assert failure(quec.holds(0)) == "timeout"
    forms.clear()

    async def expect():
        try:
            await chunks.read(0, 9000)
        except Exception as error:
            return error

    error = run(expect())
    # It may have been the form: one more reading of the package is worth its while.
    assert error.reason == "unreadable" and not isinstance(error, Unreadable)
    assert forms[:4] == [AUTO, RAW, AUTO, RAW]


def test_too_few_bytes_to_show_a_form_are_raw():
    chunks, quec = chunks_of(answers(), 0, 0, limit=3)
    assert read(chunks, 0) == 3 and chunks.payload.form == RAW
