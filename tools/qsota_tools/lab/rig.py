"""A whole device on the bench, in virtual time: flash, UART, simulated module and cloud, and the
device code between them, over any number of resets.

Only the machine's edges are stand-ins: the flash chip, the wire, the watchdog, the reset. The
application is a coroutine that behaves as its version says (see `Rig.apps`).
Runs on CPython and on MicroPython.
"""

import asyncio
from hashlib import sha256

from qsota import loader, log, package
from qsota.board import Board
from qsota.device import Device
from qsota.record import GOOD, RecordLog, SlotState
from qsota_tools.lab.clock import Clock
from qsota_tools.lab.flash import NorFlash
from qsota_tools.lab.wire import Uart
from qsota_tools.sim.cloud import Cloud
from qsota_tools.sim.module import Module

ERASE_MS = 45  # a 4 KB sector of the RP2 boards' flash
PAGE_MS = 0.5

CONFIG = {
    "name": "BENCH",
    "title": "bench",
    "port": "rp2",
    "build": "BENCH",
    "component": "MCU",
    "flash": {"kind": "rp2", "size": 26 * 4096, "erase": 4096, "program": 256},
    "areas": {
        "root": [0, 4096],
        "data": [4096, 4096],
        "state": [8192, 8192],
        "slot_a": [16384, 40960],
        "slot_b": [57344, 40960],
    },
    "uart": {"id": 0, "tx": 0, "rx": 1, "baud": 115200, "rxbuf": 4096, "receive": "pull"},
    "module": {"payload": "auto", "chunk": 1024},
    "trial": {"attempts": 3, "deadline_s": 300, "watchdog_ms": 8000},
}


class Reset(BaseException):
    """The MCU restarts: machine.reset(), or the watchdog."""


def pattern(version, size):
    """An image of that size, not a ROMFS: the bench does not mount it."""
    block = sha256(version.encode()).digest()
    return (block * (size // 32 + 1))[:size]


def make_package(version, size=5000, board="BENCH", component="MCU", **changed):
    """A plain package as `qsota build` writes it, header fields may be changed."""
    image = changed.pop("image", None) or pattern(version, size)
    fields = {
        "kind": package.PLAIN,
        "flags": 0,
        "window_bits": 0,
        "loader": 1,
        "counter": 0,
        "payload_size": len(image),
        "image_size": len(image),
        "base_size": 0,
        "key_id": 0,
        "image_sha256": sha256(image).digest(),
        "base_sha256": bytes(32),
        "board": board,
        "component": component,
        "version": version,
    }
    fields.update(changed)
    head = bytearray(package.HEADER_SIZE)
    package.pack(package.Header(**fields), head)
    return bytes(head) + image


class BenchBoard(Board):
    """The real Board with its edges on the bench."""

    def __init__(self, config, rig):
        super().__init__(config)
        self._rig = rig

    def _flash(self, start, size):
        return self._rig.flash.window(start, size)

    def stop_watchdog(self):
        pass

    def seal_root(self):
        pass

    def uart(self):
        return self._rig.uart

    def watchdog(self, ms):
        return self._rig.start_watchdog(ms)

    def reset(self):
        raise Reset()

    def settings(self):
        return self._rig.settings


class Watchdog:
    def __init__(self, rig, ms):
        self._rig = rig
        self._ms = ms
        self._event = None
        self.feed()

    def feed(self):
        self._rig.clock.cancel(self._event)
        self._event = self._rig.clock.after(self._ms, self._bite)

    def stop(self):
        self._rig.clock.cancel(self._event)

    def _bite(self):
        self._rig.bitten = True


async def good_app(rig, device):
    """Confirms after two seconds, as an application whose self-test passed."""
    await asyncio.sleep_ms(2000)
    device.confirm()
    while True:
        device.feed()
        await asyncio.sleep_ms(1000)


async def crashing_app(rig, device):
    await asyncio.sleep_ms(500)
    raise Reset()


async def hanging_app(rig, device):
    """Never feeds the watchdog."""
    while True:
        await asyncio.sleep_ms(1000)


async def doubtful_app(rig, device):
    """Runs, feeds the watchdog, and never confirms."""
    while True:
        device.feed()
        await asyncio.sleep_ms(1000)


class Rig:
    """Everything that survives a reset: the flash, the clock, the module and the cloud.

    Module options as in sim/options.py; cloud is made from plans unless it is given, and so are
    its clock and the flash chip.
    """

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
        loader._mount = lambda source: None  # no file system here: an image is only bytes
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
        self.look_ms = 100  # how often run() looks whether it has got what it waits for
        self.policy = {}  # keyword arguments of Device.updater()
        self.boots = []  # the version that each boot ran
        self.device = None
        self.updater = None
        self.bitten = False
        self._watchdog = None
        if version:
            self.install(version)

    def install(self, version, size=5000):
        """Factory state: this version confirmed in slot A."""
        data = make_package(version, size)
        start = self.board.config["areas"]["slot_a"][0]
        self.flash.content[start : start + len(data)] = data
        records = RecordLog(self.board.area("state"))
        record = records.load()
        image = data[package.HEADER_SIZE :]
        record.slots[0] = SlotState(GOOD, 0, len(image), sha256(image).digest(), version)
        records.store(record)

    def slot_image(self, index):
        """The image bytes that are in a slot's flash, as long as the record says."""
        start = self.board.config["areas"]["slot_b" if index else "slot_a"][0]
        start += package.HEADER_SIZE
        return bytes(self.flash.content[start : start + self.record.slots[index].size])

    @property
    def record(self):
        """The boot record as flash has it now."""
        return RecordLog(self.board.area("state")).load()

    @property
    def running(self):
        return self.device.version if self.device else None

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

    # Faults of the wire; each happens once.

    def lose_command(self, line):
        """The next command that begins with line does not arrive."""
        self._fault(self.uart.tx, line.encode(), lambda data: b"")

    def lose_answer(self, line):
        """The answer to the next command that begins with line does not arrive."""

        def lose(data):
            self._fault(self.uart.rx, b"OK", lambda data: b"")
            return data

        self._fault(self.uart.tx, line.encode(), lose)

    def refuse(self, line):
        """The module answers the next command that begins with line by ERROR."""

        def refuse(data):
            self.module.refuse_next(1)
            return data

        self._fault(self.uart.tx, line.encode(), refuse)

    def lose_urc(self, text):
        """The next data from the module that contains text does not arrive."""
        self._fault(self.uart.rx, text.encode(), lambda data: b"")

    def change_urc(self, old, new):
        """Bytes of the next data from the module that contains them are other ones."""
        self._fault(self.uart.rx, old, lambda data: data.replace(old, new))

    def change_command(self, old, new):
        """Bytes of the next data from the MCU that contains them arrive as other ones."""
        self._fault(self.uart.tx, old, lambda data: data.replace(old, new))

    def flip_once(self, mark):
        """In the next data from the module that contains mark, one bit arrives inverted."""

        def flip(data):
            at = data.index(mark) + 100
            return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]

        self._fault(self.uart.rx, mark, flip)

    def _fault(self, line, mark, change):
        before = line.filter

        def filter(data):
            if before:
                data = before(data)
            if mark in data and line.filter is filter:
                line.filter = before
                return change(data)
            return data

        line.filter = filter

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
        self.device = None
        self.bitten = False
        if self._watchdog:
            self._watchdog.stop()
            self._watchdog = None

    async def _boot(self, until, end):
        loader.state = loader.State()
        loader.boot(self.board)
        loader.start(self.board)
        self.device = Device()
        self.boots.append(self.device.version)
        self.updater = self.device.updater(**self.policy)
        self.updater.request_ms = self.request_ms
        app = self.apps.get(self.device.version, good_app)
        tasks = [
            asyncio.create_task(self._guarded(self.updater.run())),
            asyncio.create_task(self._guarded(app(self, self.device))),
        ]
        self._failure = None
        await asyncio.sleep_ms(0)
        while self.clock.now() < end:
            if self._failure:
                raise self._failure
            if self.bitten:
                raise Reset()
            if until(self):
                for task in tasks:
                    task.cancel()
                return True
            await asyncio.sleep_ms(self.look_ms)
        return False

    async def _guarded(self, coro):
        try:
            await coro
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # a Reset must end the boot, not only its task
            self._failure = error
