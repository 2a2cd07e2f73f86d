"""What the module says unasked, kept until a session has time for it."""

from qsota.resident.inbox import Inbox


class Subscriber:
    def __init__(self):
        self.handlers = {}

    def subscribe(self, prefix, fn):
        self.handlers[prefix] = fn


def inbox(*lines):
    """An inbox after these lines, and what its handler answered to the last one."""
    at = Subscriber()
    box = Inbox(at)
    answer = None
    for line in lines:
        answer = at.handlers[b"RDY" if line == b"RDY" else b"+QIOTEVT:"](line)
    return box, answer


def test_events_of_upgrades_and_of_the_connection_are_kept_as_they_came():
    lines = [b"+QIOTEVT: 7,10702", b"+QIOTEVT:3,10200", b"+QIOTEVT: 8,10429"]
    assert inbox(*lines)[0].lines == lines


def test_other_events_are_not():
    assert inbox(b"+QIOTEVT: 4,10200", b"+QIOTEVT: x")[0].lines == []


def test_of_too_many_the_oldest_goes():
    box, _ = inbox(*(b"+QIOTEVT: 7,%d" % n for n in range(20)))
    assert len(box.lines) == 16 and box.lines[0] == b"+QIOTEVT: 7,4" and box.gone == 4


def test_a_plan_or_a_subscription_is_news():
    assert inbox(b"+QIOTEVT: 7,10700")[0].has_news()
    assert inbox(b"+QIOTEVT: 3,10200")[0].has_news()
    assert not inbox(b"+QIOTEVT: 2,10200")[0].has_news()


def test_a_start_of_the_module_is_noted():
    assert inbox(b"RDY")[0].restarted and not inbox(b"+QIOTEVT: 7,10702")[0].restarted


def test_b10_raw_bytes_that_follow_an_event_are_counted():
    assert inbox(b"+QIOTEVT: 5,10200,21")[1] == 21
    for line in (b"5,10200", b"5,10200,x", b"5,10211,3", b"5,10210,-3", b"5,10200,9999999999"):
        assert inbox(b"+QIOTEVT: " + line)[1] == 0
