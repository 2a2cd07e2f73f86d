"""What the center and a device know of each other after a message was lost."""

from center_bench import HOUR, Bench, slot
from qsota_tools.module.states import DOWNLOADERROR, DOWNLOADING, DOWNLOADSTART


def confirmed():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan()
    bench.until(slot(10, 10))
    probe.confirm()
    assert len(probe.urls) == 1
    return bench, probe, plan


def test_a_url_that_nothing_acknowledges_is_sent_again_with_the_next_connection():
    bench, probe, _ = confirmed()
    bench.wait(HOUR)
    assert len(probe.urls) == 1
    probe.reconnect()
    bench.wait(1000)
    assert len(probe.urls) == 2


def test_a_url_that_a_report_acknowledges_is_not():
    bench, probe, _ = confirmed()
    probe.report(DOWNLOADSTART)
    probe.reconnect()
    bench.wait(1000)
    assert len(probe.urls) == 1


def test_a_report_that_waited_for_the_connection_comes_in_time():
    bench, probe, _ = confirmed()
    probe.reconnect()
    probe.report(DOWNLOADING)
    bench.wait(1000)
    assert len(probe.urls) == 1


def test_a_stray_report_does_not_cancel_a_url_that_is_still_to_be_sent():
    bench, probe, _ = confirmed()
    probe.report(DOWNLOADSTART, DOWNLOADERROR, DOWNLOADING)
    bench.wait(1000)
    assert len(probe.urls) == 2
