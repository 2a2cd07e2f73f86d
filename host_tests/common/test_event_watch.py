"""What a simulation tells, shown until it has come to an end."""

import contextlib
import queue
import signal
import threading

import pytest

from qsota_tools.common.event_watch import watch


class Stopped(BaseException):
    """What the handler of a signal raises here."""


def stop(*_):
    raise Stopped


@pytest.fixture
def alarm():
    """Raise Stopped in so many seconds."""
    before = signal.signal(signal.SIGALRM, stop)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_signal_at_any_moment_does_not_keep_the_simulation_from_telling_more(alarm):
    for n in range(2000):  # the simulation, which is shown to itself, has no end of events
        events = queue.SimpleQueue()
        events.put({"event": "offered"})
        with contextlib.suppress(Stopped):
            alarm(0.00003 + n % 200 * 0.0000005)
            watch(events, events.put, lambda event: None, 5, True)
        more = threading.Thread(target=events.put, args=({"event": "last"},), daemon=True)
        more.start()
        more.join(5)
        assert not more.is_alive()
