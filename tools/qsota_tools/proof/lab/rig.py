"""A whole device on the bench, in virtual time: flash, UART, simulated module and cloud, and the
device code between them, over any number of resets.

Only the machine's edges are stand-ins: the flash chip, the wire, the watchdog, the reset. The
application is a coroutine that behaves as its version says (see `Rig.apps`).
Runs on CPython and on MicroPython.
"""

import asyncio

from qsota import log
from qsota.boot import application, loader, ready, recovery, starting, tally
from qsota.boot.record import RecordLog, unpack
from qsota.boot.record_data import GOOD, SlotState
from qsota.device import Device
from qsota.resident import handover
from qsota.update.package import HEADER_SIZE, parse
from qsota_tools.center.cloud import Cloud
from qsota_tools.module.module import Module
from qsota_tools.proof.lab import naps
from qsota_tools.proof.lab.apps import good_app
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.edges import CONFIG, BenchBoard, BenchState, Reset, Watchdog
from qsota_tools.proof.lab.nor_flash import NorFlash
from qsota_tools.proof.lab.packages import plain
from qsota_tools.proof.lab.wire import Uart

ERASE_MS = 45  # a 4 KB sector of the RP2 boards' flash
PAGE_MS = 0.5


class Rig:
    """Everything that survives a reset: the flash, the clock, the module and the cloud.

    Module options as in module/options.py; cloud is made from plans unless it is given, and so are
    its clock and the flash chip. naps: see naps.py.
    """

    naps = True

    def __init__(
        self,
        plans=(),
        version="1_0_0",
        cloud=None,
        config=CONFIG,
        clock=None,
        flash=None,
        **options,
    ):
        # The rig before this one may go: its pieces are all over MicroPython's heap.
        handover.state = handover.State()
        application.mount = lambda source: None  # no file system here: an image is only bytes
        log.sink = None
        log.clear()
        self.clock = clock or Clock()
        self.flash = flash or NorFlash(config["flash"]["size"] // config["flash"]["erase"])
        self.flash.on_op = self._flash_op
        self.uart = Uart(self.clock, config["uart"]["baud"], config["uart"]["rxbuf"])
        self.cloud = cloud or Cloud(self.clock, plans)
        self.module = Module(self.clock, self._to_mcu, self.cloud, **options)
        self.uart.peer = self.module.rx
        self.module.on_trace = self._trace
        self.commands = []  # (ms, line) of every command that reached the module
        self.urcs = []  # (ms, line) of every event that the module sent
        self.board = BenchBoard(config, self)
        self.apps = {}  # version -> coroutine function(rig, device); others are good_app
        self.settings = {}  # of the data area
        self.erase_ms = ERASE_MS
        self.request_ms = 6 * 3600000
        # How often run() looks whether it has got what it waits for; None: see _look_ms().
        self.look_ms = None
        self.policy = {}  # keyword arguments of Device.updater()
        self.boots = []  # the version that each boot ran
        self.device = None
        self.updater = None
        self.bitten = False
        self._watchdog = None
        self._nap = None
        if self.naps:
            naps.install()
        if version:
            self.install([plain(version)])

    def install(self, packages):
        """Factory state: these plain packages confirmed in the slots A and B; None: empty."""
        record = self.record
        for index, data in enumerate(packages):
            if data:
                start = self._slot_start(index)
                self.flash.content[start : start + len(data)] = data
                header = parse(data)
                record.slots[index] = SlotState(
                    GOOD, 0, header.image_size, header.image_sha256, header.version
                )
        RecordLog(self.board.area("state")).store(record)

    def _slot_start(self, index):
        return self.board.config["areas"]["slot_b" if index else "slot_a"][0]

    def slot_image(self, index):
        """The image bytes that are in a slot's flash, as long as the record says."""
        start = self._slot_start(index) + HEADER_SIZE
        return bytes(self.flash.content[start : start + self.record.slots[index].size])

    def runs_whole(self, image):
        """Whether the slot that runs holds this image, byte for byte; in recovery none runs."""
        index = handover.state.slot
        if index is None:
            return True
        start = self._slot_start(index) + HEADER_SIZE
        return self.flash.content[start : start + len(image)] == image

    @property
    def record(self):
        """The boot record as flash has it now."""
        return RecordLog(self.board.area("state")).load()

    @property
    def running(self):
        return self.device.version if self.device else None

    @property
    def trial(self):
        """What runs is on trial; an updater alone never is."""
        return isinstance(self.device, Device) and self.device.trial

    def settled(self):
        """Every plan has ended, and the device has nothing open and nothing to report."""
        if self.cloud.plan is not None:
            return False
        record = handover.state.record or unpack(handover.state.packed)
        return not (record.upgrade and record.upgrade.open) and not record.report

    def sent(self, start):
        """The commands so far that begin with start."""
        return [line for _, line in self.commands if line.startswith(start)]

    def _to_mcu(self, data):
        self.uart.receive(data)

    def _trace(self, direction, text):
        if direction == "TX":
            self.commands.append((self.clock.now(), text))
        elif text.startswith("+QIOTEVT"):
            self.urcs.append((self.clock.now(), text))

    def start_watchdog(self, ms):
        self._watchdog = Watchdog(self, ms)
        return self._watchdog

    def _flash_op(self, kind, offset, length):
        if self.device is None:
            return
        ms = self.erase_ms if kind == "erase" else PAGE_MS * (length // 256)
        self.uart.blind(int(ms * 1000))
        self.clock.advance(ms)

    def run(self, until, limit_ms=3600000):
        """Power the MCU up and let it live, over its resets, until until(rig) is true.

        False when the time is over. The power goes off at the next run(), the module stays on.
        """
        end = self.clock.now() + limit_ms
        self._power_off()
        while self.clock.now() < end:
            try:
                if self.clock.run(self._boot(until, end)):
                    return True
            except Reset:
                pass
            self._power_off()
        return False

    def _power_off(self):
        if self._nap:
            self._nap.stop()
        self.device = None
        self.bitten = False
        if self._watchdog:
            self._watchdog.stop()
            self._watchdog = None

    async def _boot(self, until, end):
        if self.naps:
            self._nap = self.uart.nap = naps.Nap(self.clock, self.uart)
        handover.state = BenchState(self.board)
        log.asked = None  # of the boot before
        loader.boot(self.board)
        starting.start(self.board, handover.state)
        state = handover.state
        state.alone = state.slot is None or not state.trial and tally.begin(state)
        ready.put_away(state)
        if state.aside:
            self.boots.append("alone")
            self._tasks = [asyncio.create_task(self._guarded(self._alone()))]
            return await self._live(until, end)
        self.device = Device()
        self.boots.append(self.device.version)
        self.updater = self.device.updater(**self.policy)
        self.updater.request_ms = self.request_ms
        app = self.apps.get(self.device.version, good_app)
        self._tasks = [
            asyncio.create_task(self._guarded(self.updater.run())),
            asyncio.create_task(self._guarded(app(self, self.device))),
        ]
        return await self._live(until, end)

    async def _alone(self):
        """The updater, in the application's place; what comes after it is a reset."""

        def make_updater():
            self.device = self.updater = made = real()
            run = made.run

            async def guarded():
                await self._guarded(run())

            made.run = guarded
            return made

        real, recovery.make_updater = recovery.make_updater, make_updater
        try:
            await recovery.alone(15 * 60000)
        finally:
            recovery.make_updater = real
        raise Reset()

    async def _live(self, until, end):
        self._failure = None
        begun = self.clock.now()
        await asyncio.sleep_ms(0)
        while self.clock.now() < end:
            if self._failure:
                raise self._failure
            if self.bitten:
                raise Reset()
            if until(self):
                self._stop()
                return True
            await asyncio.sleep_ms(self.look_ms or self._look_ms(begun))
        return False

    def _look_ms(self, begun):
        """The longer it takes, the less often: looks were a third of what an hour of it costs."""
        return min(max(100, (self.clock.now() - begun) // 60), 1000)

    async def _guarded(self, coro):
        try:
            await coro
        except asyncio.CancelledError:
            raise
        except GeneratorExit:  # a clause of its own: a tuple of both would take memory
            raise
        except BaseException as error:  # a Reset must end the boot, not only its task
            self._failure = error
            self._stop()

    def _stop(self):
        """Nothing of the application and the updater runs on."""
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
