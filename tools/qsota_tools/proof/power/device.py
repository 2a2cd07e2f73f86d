"""A device whose power fails: the rig with a choice of flash chips, cuts, and an eye on it.

What is on the bench is outside of the firmware: it knows the approved images byte for byte,
what the cloud was told, and every flash operation. Runs on CPython and on MicroPython.
"""

import asyncio

from qsota.boot import application
from qsota_tools.center.cloud import Cloud
from qsota_tools.module.ota import READ_MS
from qsota_tools.module.states import DOWNLOADSUCCESS
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.nor_flash import PowerCut
from qsota_tools.proof.lab.rig import Reset, Rig
from qsota_tools.proof.lab.tears import cuts, leave
from qsota_tools.proof.lab.wire import Uart
from qsota_tools.proof.power.scenarios import component, image, plan

OFF_MS = 200  # how long the power is off
_GRID_MS = 30000  # how often the cloud offers what was not answered; 10 minutes cost time only
_VERSIONS = ("0_9_0", "1_0_0", "1_0_1", "2_0_0", "3_0_0", "9_0_0", "recovery")


class Wrong(Exception):
    """The device did what must never happen."""


class Cut:
    """The power fails in flash operation `index` since the power came, for off_ms;
    how: see tears.py."""

    def __init__(self, index, how, off_ms=OFF_MS):
        self.index = index
        self.how = how
        self.off_ms = off_ms

    def __str__(self):
        off = "" if self.off_ms == OFF_MS else f":{self.off_ms}"
        return f"{self.index}:{self.how}{off}"


class Bench(Rig):
    """The rig of one scenario on one flash model.

    cuts: what is still to come; watch(bench, kind, at, length), if set, sees each operation
    before it happens, on_power(bench) the moment when the power is back after a cut; gap: the
    longest time in ms in which the module waited for a read.
    """

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
        self.powered = False
        self.ops = 0  # flash operations since the power came
        self.cuts = []
        self.watch = None
        self.on_power = None
        self.overslept = False  # the module gave up in the meantime
        self.gap = 0
        self._waits = None  # since when the module waits for a read
        self._reset = False
        self._back_us = None  # when the power comes back
        if any(scenario.installed):
            self.install([version and component(version).data for version in scenario.installed])
            self.flash.window(0, self.flash.size).ioctl(3, 0)  # out of the cache, if there is one

    # --- power

    def live(self, until, limit_ms=3600000):
        """Like run(), but over the power cuts that are in store as well; each has limit_ms."""
        while True:
            self.powered = True
            application.mount = lambda source: None
            try:
                return self.run(until, limit_ms)
            except PowerCut:
                self.power_on()

    def power_on(self):
        """After a cut: at the moment that was set, whatever time the dead MCU's tasks took."""
        self.clock.advance_us(max(0, self._back_us - self.clock.now_us()))
        self.uart = Uart(self.clock, self.board.get("uart.baud"), self.board.get("uart.rxbuf"))
        self.uart.peer = self.module.rx
        self.flash.power_on()
        self.ops = 0
        if self.on_power:
            self.on_power(self)

    def _flash_op(self, kind, at, length):
        if not self.powered:
            return None
        if self.watch:
            self.watch(self, kind, at, length)
        index = self.ops
        self.ops += 1
        cut = self.cuts[0] if self.cuts else None
        if cut is None or cut.index != index:
            self._work(kind, length)
            return None
        self.cuts.pop(0)
        if cut.how not in cuts(kind, length, self.flash):
            self.flash.fault = f"there is no cut {cut.how} of a {kind} of {length} bytes"
            return None
        if cut.how == "after":
            self._work(kind, length)
        self._power_fails(cut.off_ms)
        return leave(self.flash, kind, at, length, cut.how, self.seed)

    def _work(self, kind, length):
        model = self.model
        ms = model.erase_ms if kind == "erase" else model.page_ms * (length / 256)
        if model.blind:
            self.uart.blind(int(ms * 1000))
        self.clock.advance(ms)

    def _power_fails(self, off_ms):
        self._back_us = self.clock.now_us() + off_ms * 1000
        self.overslept = self.overslept or off_ms > READ_MS
        # What is on the wire is lost, and so is what tasks write that do not know they are dead.
        self.uart.peer = None
        if self.scenario.supply:
            self.module.reboot()

    def _power_off(self):
        super()._power_off()
        self.flash.restart()

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
        return super().settled() and not self.device.trial and known
