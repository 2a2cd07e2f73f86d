"""Plans on a bench, and the pushes that devices hear."""

from qsota_tools.center.decide import decide
from qsota_tools.center.push_rules import GRID

OFFER = [[("MCU", "2_0_0")]]


def against(bench, plan, key="d1", trigger=GRID):
    device = bench.center.device("p1", key)
    return [rule.code for rule in decide(bench.center, plan, device, trigger).against]


def chance(bench, plan, trigger=GRID):
    return decide(bench.center, plan, bench.center.device("p1", "d1"), trigger).next
