from qsota import log


def quiet():
    log.sink = None
    log.clear()


def test_lines_come_back_oldest_first():
    quiet()
    log.write("one")
    log.write("two")
    assert log.lines() == ["one", "two"]


def test_only_the_last_messages_are_kept():
    quiet()
    for i in range(40):
        log.write("message %d" % i)
    assert len(log.lines()) == 32
    assert log.lines()[0] == "message 8"
    assert log.lines()[-1] == "message 39"


def test_a_long_message_is_cut():
    quiet()
    log.write("x" * 1000)
    assert log.lines() == ["x" * 160]


def test_the_sink_sees_each_message():
    quiet()
    seen = []
    log.sink = seen.append
    log.write("hello")
    log.sink = None
    assert seen == ["hello"]
