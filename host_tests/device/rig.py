"""A board whose edges (rp2, pyb, machine, vfs) are stand-ins around a modelled flash chip."""

import sys
from hashlib import sha256

from qsota.boot.board import Board
from qsota.boot.flash import Area
from qsota.boot.record import RecordLog
from qsota.boot.record_data import SlotState
from qsota.boot.slot import IMAGE_OFFSET
from qsota_tools.proof.lab.nor_flash import NorFlash
from util import with_modules

ERASE = 4096
ROOT, DATA, STATE = (0, 6 * ERASE), (6 * ERASE, 2 * ERASE), (8 * ERASE, 2 * ERASE)
SLOTS = ((10 * ERASE, 3 * ERASE), (13 * ERASE, 3 * ERASE))
BLOCKS = 16


class Reset(BaseException):
    """machine.reset() does not return."""


class Module:
    """Stands in for a module: an object with these attributes."""

    def __init__(self, **attributes):
        for name, value in attributes.items():
            setattr(self, name, value)


class Uart:
    CTS, RTS = 1, 2

    def __init__(self, id, **options):
        self.id = id
        self.init(**options)

    def init(self, **options):
        self.options = options


class Pins:
    """machine.Pin; `levels` holds the inputs that something pulls against their pull-up, `outputs`
    what is called with the level of an output."""

    IN, OUT, PULL_UP = 0, 1, 1

    def __init__(self):
        self.levels = {}
        self.outputs = {}

    def __call__(self, id, mode=None, pull=None, value=None):
        if mode == self.OUT:
            self.outputs[id](value)
            return self.outputs[id]
        return "GP%d" % id if mode is None else Module(value=lambda: self.levels.get(id, pull))


class Watchdog:
    def __init__(self, timeout):
        self.timeout = timeout
        self.fed = 0

    def feed(self):
        self.fed += 1


class Registers:
    """machine.mem32 and stm.mem32: a scratch register that outlives resets, the number of the last
    USB frame, and others that can be written."""

    KEPT = (0x4005800C, 0x400D800C, 0x40002850 + 19 * 4)
    FRAME = 0x50110048

    def __init__(self, rig):
        self._rig = rig

    def __getitem__(self, at):
        if at == self.FRAME:
            self._rig.frames += self._rig.host
            return self._rig.frames
        return self._rig.kept.get(at, 0)

    def __setitem__(self, at, value):
        if at not in self.KEPT:
            self._rig.registers[at] = value
        elif self._rig.keeps:
            self._rig.kept[at] = value


class Timers:
    """machine.Timer; `running` are those whose time has not come."""

    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self):
        self.running = []

    def __call__(self, id, period, mode, callback):
        timer = Module(period=period, mode=mode, callback=callback)
        timer.deinit = lambda: timer in self.running and self.running.remove(timer)
        self.running.append(timer)
        return timer

    def pass_ms(self, ms):
        """Let that much time pass, a multiple of each period."""
        for timer in self.running[:]:
            for _ in range(ms // timer.period):
                if timer in self.running:
                    if timer.mode == self.ONE_SHOT:
                        self.running.remove(timer)
                    timer.callback(timer)


class Vfs:
    """Remembers what is mounted; every LittleFS is sound unless `broken`."""

    def __init__(self):
        self.mounts = {"/": "stock", "/flash": "stock"}
        self.broken = False

    def VfsLfs2(self, device, progsize):
        if self.broken:
            raise OSError(22)
        return ("lfs2", device, progsize)

    def mount(self, fs, point, readonly=False):
        if point in self.mounts:
            raise OSError(1)  # EPERM
        self.mounts[point] = (fs, readonly)

    def umount(self, point):
        del self.mounts[point]


class Rig:
    """One flash chip that outlives any number of boots."""

    def __init__(self, port="rp2", **sections):
        self.flash = NorFlash(BLOCKS)
        self.config = {
            "name": "TINY",
            "port": port,
            "component": "MCU",
            "flash": {
                "kind": "rp2" if port == "rp2" else "pyb",
                "size": BLOCKS * ERASE,
                "erase": ERASE,
                "program": 256,
            },
            "areas": {
                "root": list(ROOT),
                "data": list(DATA),
                "state": list(STATE),
                "slot_a": list(SLOTS[0]),
                "slot_b": list(SLOTS[1]),
            },
            "uart": {
                "id": 0,
                "tx": 0,
                "rx": 1,
                "baud": 115200,
                "rxbuf": 4096,
                "receive": "pull",
            },
            "module": {"payload": "auto", "chunk": 1024},
            "trial": {"attempts": 3, "deadline_s": 300, "watchdog_ms": 8000},
        }
        for section, values in sections.items():
            self.config.setdefault(section, {}).update(values)
        self.watchdogs = []
        self.pins = Pins()
        self.spi = None  # what is on the SPI bus
        self.spi_options = []  # of each machine.SPI that was made
        self.kept = {}  # registers that outlive a reset, while the power stays
        self.keeps = True  # whether there are any
        self.host = False  # one is on USB
        self.frames = 0
        self.power_up()

    def board(self):
        return Board(self.config)

    def power_up(self):
        """A fresh interpreter: nothing is mounted but what the port mounts, no watchdog runs.

        Registers that outlive a reset do: see power_cycle().
        """
        self.flash.power_on()
        self.vfs = Vfs()
        self.usb_mode = None
        self.registers = {}  # that were written
        self.watchdogs.clear()
        self.timers = Timers()

    def power_cycle(self):
        self.kept.clear()
        self.power_up()

    def open_flash(self, start=None, len=None):
        if start is None:
            return self.flash
        if start + len > self.flash.size:
            raise ValueError
        return self.flash.window(start, len)

    def open_spi(self, id, **options):
        self.spi_options.append((id, options))
        return self.spi

    def reset(self):
        raise Reset()

    def watchdog(self, timeout):
        self.watchdogs.append(Watchdog(timeout))
        return self.watchdogs[-1]

    def edges(self):
        def usb_mode(mode):
            self.usb_mode = mode

        edges = {
            "machine": Module(
                UART=Uart,
                SPI=self.open_spi,
                Pin=self.pins,
                WDT=self.watchdog,
                Timer=self.timers,
                reset=self.reset,
                mem32=Registers(self),
            ),
            "vfs": self.vfs,
        }
        if self.config["port"] == "rp2":
            edges["rp2"] = Module(Flash=self.open_flash)
        else:
            usb = Module(isconnected=lambda: self.host)
            edges["pyb"] = Module(Flash=self.open_flash, usb_mode=usb_mode, USB_VCP=lambda: usb)
            edges["stm"] = Module(mem32=Registers(self), RTC=0x40002800, RTC_BKP19R=0x50 + 19 * 4)
        return edges

    def run(self, fn, *args):
        """Call fn(*args) with the edges in place of the modules; sys.path is put back."""
        path = sys.path[:]
        try:
            return with_modules(self.edges(), fn, *args)
        finally:
            sys.path[:] = path

    def records(self):
        start, size = STATE
        return RecordLog(Area(self.flash.window(start, size), size, ERASE, 256))

    def put(self, index, image, state, version="1.0", attempts=0):
        """An image in a slot, and its SlotState for the record."""
        at = SLOTS[index][0] + IMAGE_OFFSET
        self.flash.content[at : at + len(image)] = image
        return SlotState(state, attempts, len(image), sha256(image).digest(), version)

    def slot_image(self, index):
        """The image in a slot, as the record describes it."""
        at, size = SLOTS[index][0] + IMAGE_OFFSET, self.records().load().slots[index].size
        return bytes(self.flash.content[at : at + size])

    def damage(self, index):
        self.flash.content[SLOTS[index][0] + IMAGE_OFFSET + 10] ^= 1
