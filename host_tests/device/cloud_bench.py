# A cloud and devices that say what the test wants.

from module_bench import component
from qsota_tools.center.plan import Plan


def plan(*components, **more):
    return Plan(components or [component()], **more)


def request(bench, line="AT+QIOTOTAREQ=1"):
    """Ask for a plan; the codes that follow."""
    assert bench.at(line) == ["OK"]
    return bench.codes(1000)


def confirm(bench, until=8):
    bench.at("AT+QIOTUPDATE=1")
    bench.until(until)
    bench.take()
