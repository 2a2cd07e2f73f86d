# On the MicroPython VM: a month of offers that are refused, upgrades that fail and modules that
# restart, one of each a day, the days shortened. Prints for each day what the library's own
# objects hold in bytes, how many of its modules are loaded, and what has happened; MicroPython
# tells how many names it keeps.
import asyncio
import gc
import sys

import micropython

from qsota import log
from qsota.resident import handover, phases
from qsota_tools.center import outcome, statuses
from qsota_tools.center.cloud import Cloud
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.edges import CONFIG
from qsota_tools.proof.lab.rig import Rig
from words import plan

DAYS = 30
OURS = ("Device", "Updater", "AtClient", "Inbox", "Status", "State", "BenchState", "Parser")


def held(it, seen):
    """Bytes of data in what is reachable from an object, of the library's own kinds."""
    if id(it) in seen:
        return 0
    seen.append(id(it))
    if isinstance(it, (bytes, bytearray, memoryview, str)):
        return len(it)
    if isinstance(it, dict):
        it = list(it.items())
    if isinstance(it, (list, tuple)):
        return 4 * len(it) + sum([held(part, seen) for part in it])
    if type(it).__name__ in OURS:
        return held(it.__dict__, seen)
    return 0


def modules():
    return [name for name in sys.modules if name.startswith("qsota.")]


async def settle(rig, ms):
    for _ in range(ms // 5000):
        rig.device.feed()
        await asyncio.sleep_ms(5000)


async def app(rig, device):
    for day in range(DAYS + 1):
        for refused in (True, False):
            rig.consent = not refused
            offer = plan(f"2_0_{day}", board="BENCH" if refused else "OTHER")
            rig.cloud.add(offer)
            rig.cloud.push()
            await settle(rig, 120000)
            if rig.cloud.plan is offer:
                outcome.end(rig.cloud.center, rig.cloud._task(offer), statuses.FAILED)
            await settle(rig, 60000)
        rig.module.reboot()
        await settle(rig, 660000)  # a session that lasts: no pause before the next one
        refusals = len(rig.sent("AT+QIOTUPDATE=0"))
        failures = len(rig.sent('AT+QIOTMCUVER="MCU","1_0_0"'))
        starts = len(rig.sent("ATE0"))
        rig.commands.clear()
        gc.collect()
        roots = [device, rig.updater, handover.state, log._lines]
        print("DAY", day, held(roots, []), len(modules()), refusals, failures, starts)
        if day in (8, DAYS):
            micropython.qstr_info()
    rig.over = True


def main():
    clock = Clock()
    cloud = Cloud(clock, grid_ms=30000)
    rig = Rig(cloud=cloud, clock=clock, config=dict(CONFIG, update="beside"))
    rig.over = False
    rig.policy = {"consent": lambda plan: rig.consent}
    rig.apps = {"1_0_0": app}
    phases.drop()
    assert rig.run(lambda rig: rig.over, 10**9)


main()
