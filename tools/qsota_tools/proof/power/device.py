"""A device whose power fails: the rig with a choice of flash chips, cuts, and an eye on it.

What is on the bench is outside of the firmware: it knows the approved images byte for byte,
what the cloud was told, and every flash operation. Runs on CPython and on MicroPython.
"""

import asyncio

from qsota_tools.center.cloud import Cloud
from qsota_tools.module.ota import READ_MS
from qsota_tools.module.states import DOWNLOADSUCCESS
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.edges import Reset
from qsota_tools.proof.lab.powered import PoweredRig
from qsota_tools.proof.power.scenarios import component, image, plan

_GRID_MS = 30000  # how often the cloud offers what was not answered; 10 minutes cost time only
_VERSIONS = ("0_9_0", "1_0_0", "1_0_1", "2_0_0", "3_0_0", "9_0_0", "recovery")


class Wrong(Exception):
    """The device did what must never happen."""


class Bench(PoweredRig):
    """The rig of one scenario on one flash model.

    gap: the longest time in ms in which the module waited for a read.
    """

    naps = False  # it is copied whole in the middle of an operation, event loops are not

    def __init__(self, scenario, model, seed=0):
        clock = Clock()
        cloud = Cloud(clock, [plan(scenario.target, scenario.kind)], grid_ms=_GRID_MS)
        cloud.storage.faults = list(scenario.faults)
        cloud.on_event = self._observe
        config = model.config()
        config["trial"]["attempts"] = scenario.attempts
        config["update"] = scenario.update
        options = {"response_ms": 0, "event_ms": 1, "connect_ms": 1}
        options.update(scenario.options)
        super().__init__(
            version=None,
            cloud=cloud,
            config=config,
            clock=clock,
            flash=model.chip(clock),
            **options,
        )
        self.scenario = scenario
        self.model = model
        self.seed = seed
        self.module.on_trace = None
        self.apps = dict.fromkeys(_VERSIONS, self._app)
        self.policy = {"on_progress": self._progress}
        self.erase_ms, self.page_ms, self.blind = model.erase_ms, model.page_ms, model.blind
        self.overslept = False  # the module gave up in the meantime
        self.gap = 0
        self._waits = None  # since when the module waits for a read
        self._reset = False
        if any(scenario.installed):
            self.install([version and component(version).data for version in scenario.installed])
            self.flash.window(0, self.flash.size).ioctl(3, 0)  # out of the cache, if there is one

    def _power_fails(self, cut):
        self.overslept = self.overslept or cut.off_ms > READ_MS
        cut.supply = self.scenario.supply
        super()._power_fails(cut)

    def __getstate__(self):
        """What is left of the bench when the MCU loses its power: all but the running device."""
        state = dict(self.__dict__)
        for gone in ("device", "updater", "watch", "on_power", "_failure", "_tasks"):
            state[gone] = None
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.flash.on_op = self._flash_op

    # --- the application

    async def _app(self, rig, device):
        self.check_running()
        if device.version == self.scenario.target and self.scenario.crashes:
            await asyncio.sleep_ms(300)
            raise Reset()
        device.confirm()
        while True:
            device.feed()
            await asyncio.sleep_ms(1000)

    def _progress(self, snapshot):
        reset_at = self.scenario.reset_at
        if reset_at and snapshot.position >= reset_at and not self._reset:
            self._reset = True
            raise Reset()

    # --- what an observer sees

    def _observe(self, kind, fields):
        waited = self._waits is not None
        if waited and kind in ("read", "status"):
            self.gap = max(self.gap, self.clock.now() - self._waits)
        if kind in ("block", "read"):
            self._waits = self.clock.now()
        elif kind == "power-down" or kind == "status" and fields["status"] != DOWNLOADSUCCESS:
            self._waits = None

    def check_running(self):
        """Wrong, unless what runs is an approved image, byte for byte."""
        if not self.runs_whole(image(self.running)):
            raise Wrong(f"{self.running} runs, but is not whole")

    def settled(self):
        """The same as on every rig, and what runs is confirmed and known to the cloud."""
        known = self.cloud.versions.get("MCU") == self.running
        return super().settled() and not self.trial and known
