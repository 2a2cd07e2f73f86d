"""One upgrade in virtual time in which the processor takes as long as a board's.

    python hold_world.py FIRMWARE KIND SIZE RESET BOARD

BOARD is JSON, see hold_boards.py. FIRMWARE is instrumented (proof/hostile/instrument.py): every
statement takes time, and so do the operations that MicroPython does in C. Prints the longest time
for which a task that does nothing could not run, and what it was made of, as JSON.
"""

import asyncio
import builtins
import hashlib
import json
import sys
import zlib

# Measured on stock MicroPython on an emulated Pico at 125 MHz, in microseconds; another board
# takes so many times as long.
_STATEMENT = 12  # 5 to 12.5 each, calls included
_SHA256 = 1.08  # per byte
_INFLATE = 2.1  # per byte of output
_READINTO = 1.25  # per byte out of the UART's ring
_POWER_STEP = 268765 / 17  # each of the products modulo n in pow(s, 65537, n), 3072 bits
_COPY = 0.05  # per byte read from flash
_ERASE_MS = 45  # the flash's data sheet, typical

_firmware, _kind, _size, _reset = sys.argv[1:5]
_board = json.loads(sys.argv[5])
_slowness = _board["slowness"]


class Meter:
    """Lets time pass on the bench's clock, and knows what for."""

    def __init__(self):
        self.clock = None
        self.chip = None  # on SPI: what passes while it is busy is its time
        self.parts = {}
        self._rest = 0  # less than the clock's microsecond

    def spend(self, what, us):
        if self.clock:
            if self.chip and self.chip.busy:
                what = self.chip.doing
            self.note(what, us)
            self._rest += us
            whole = int(self._rest)
            self._rest -= whole
            self.clock.advance_us(whole)

    def note(self, what, us):
        self.parts[what] = self.parts.get(what, 0) + us / 1000


meter = Meter()
builtins._t = lambda site: meter.spend("Python", _STATEMENT * _slowness)

from qsota_tools.common import shim  # noqa: E402

shim.install()
sys.path.insert(0, _firmware)


class _Sha256:
    def __init__(self, data=b""):
        self._hash = _sha256()
        self.update(data)

    def update(self, data):
        meter.spend("SHA-256", len(data) * _SHA256 * _slowness)
        self._hash.update(data)

    def digest(self):
        return self._hash.digest()


_sha256 = hashlib.sha256
hashlib.sha256 = _Sha256

import deflate  # noqa: E402

from qsota.update import package, rsa  # noqa: E402
from qsota_tools.center.plan import Component, Plan  # noqa: E402
from qsota_tools.common.dice import Dice  # noqa: E402
from qsota_tools.package.delta.coding import step  # noqa: E402
from qsota_tools.proof.bench.hold_spi import SpiFlash  # noqa: E402
from qsota_tools.proof.lab import rig as lab  # noqa: E402
from qsota_tools.proof.lab.clock import Clock  # noqa: E402
from qsota_tools.proof.lab.nor_flash import Window  # noqa: E402
from qsota_tools.proof.lab.packages import make, plain  # noqa: E402
from qsota_tools.proof.lab.virtual_loop import VirtualLoop  # noqa: E402
from qsota_tools.proof.lab.wire import Uart  # noqa: E402

_MB = 1 << 20
_AREAS = {"root": [0, 4096], "data": [4096, 4096], "state": [8192, 8192]}
_SLOT = 1404928
_AREAS.update(slot_a=[16384, _SLOT], slot_b=[16384 + _SLOT, _SLOT])


def slowed(cls, name, us):
    """A method that takes us(its result, its arguments)."""
    method = getattr(cls, name)

    def call(self, *args):
        result = method(self, *args)
        what, cost = us(result, args)
        meter.spend(what, cost * _slowness)
        return result

    setattr(cls, name, call)


slowed(deflate.DeflateIO, "readinto", lambda n, args: ("inflate", n * _INFLATE))
slowed(Uart, "readinto", lambda n, args: ("UART", (n or 0) * _READINTO))
slowed(Window, "readblocks", lambda n, args: ("flash read", len(args[1]) * _COPY))


_take_due = VirtualLoop._take_due


def _due_first(loop):
    """MicroPython's loop takes what is due first; CPython's what is ready."""
    before = len(loop._ready)
    _take_due(loop)
    loop._ready.rotate(len(loop._ready) - before)


VirtualLoop._take_due = _due_first

_steps = rsa.steps


def _slow_steps(*args):
    for step_done in _steps(*args):
        meter.spend("signature", _POWER_STEP * _slowness)
        yield step_done


rsa.steps = _slow_steps


class HoldRig(lab.Rig):
    naps = False

    def _flash_op(self, kind, offset, length):
        before = self.clock.now_us()
        super()._flash_op(kind, offset, length)
        if self.device is not None:
            meter.note(kind, self.clock.now_us() - before)


def content(size):
    """An image: half of it compresses."""
    dice = Dice(7)
    block = dice.data(512) + b"def function(self, name):\n    return self.name\n" * 11
    return (block * (size // len(block) + 1))[:size]


def package_of(kind, size):
    """(package, image of the version before)"""
    old = content(size)
    if kind in ("plain", "signed"):
        new = b"2_0_0" + old[5:]
        return make(package.PLAIN, new, new), old
    if kind == "deflate":
        new = b"2_0_0" + old[5:]
        return make(package.DEFLATE, new, _deflated(new), window_bits=10), old
    every = size if "one" in kind else 1024
    steps, new, at = b"", bytearray(old), 0
    while at < size:
        end = min(at + every, size)
        changed = min(256, end - at)
        steps += step(end - at - changed, bytes([1]) * changed)
        new[end - changed : end] = bytes([byte + 1 & 0xFF for byte in new[end - changed : end]])
        at = end
    return make(package.DELTA, bytes(new), _deflated(steps), old, window_bits=10), old


def _deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -10)
    return packer.compress(data) + packer.flush()


def make_rig(kind, size):
    data, old = package_of(kind, size)
    config = dict(lab.CONFIG)
    config["flash"] = {"kind": "rp2", "size": 3 * _MB, "erase": 4096, "program": 256}
    config["areas"] = _AREAS
    config["uart"] = dict(lab.CONFIG["uart"], **_board["uart"])
    config["module"] = dict(lab.CONFIG["module"], chunk=_board["chunk"])
    config["limits"] = _board["limits"]
    config["trial"] = {"attempts": 3, "deadline_s": 300, "watchdog_ms": 8388}
    source = "1_0_0" if kind.startswith("delta") else ""
    if kind == "signed":
        data, config["keys"] = _signed(data)
    lab.PAGE_MS = _board["page_ms"]
    meter.clock, flash = Clock(), None
    if _board["spi"]:
        flash = SpiFlash(meter, meter.clock, 16 * _MB, _board["spi"], _ERASE_MS, lab.PAGE_MS)
    offer = Plan([Component("MCU", "2_0_0", data, source=source)])
    rig = HoldRig([offer], None, config=config, clock=meter.clock, flash=flash)
    rig.erase_ms = _ERASE_MS
    rig.install([make(package.PLAIN, old, old, version="1_0_0"), plain("0_9_0", size)])
    return rig


def _signed(data):
    from qsota_tools.package import keys
    from qsota_tools.package.signing import sign

    key = keys.generate()
    return sign(data, key), [keys.modulus(key).hex()]


class Watch:
    """The application: it wants to run each millisecond."""

    def __init__(self, clock):
        self.longest_us = 0
        self.phase = ""
        self.parts = {}
        self._clock = clock

    async def app(self, rig, device):
        until_confirmed = 2000
        while True:
            meter.parts = {}
            began = self._clock.now_us()
            await asyncio.sleep_ms(1)
            until_confirmed -= 1
            if until_confirmed == 0:
                device.confirm()
            device.feed()
            if self._clock.now_us() - began > self.longest_us:
                self.longest_us = self._clock.now_us() - began
                self.phase = rig.updater.status.phase
                self.parts = meter.parts


def main(kind, size, reset):
    rig = make_rig(kind, size)
    watch = Watch(rig.clock)
    rig.apps = {"1_0_0": watch.app, "2_0_0": watch.app}
    if reset:
        total = len(rig.cloud.plan.components[0].data)
        half = lambda rig: rig.updater.status.position > total // 2  # noqa: E731
        assert rig.run(half, 3600000), "not half"
    assert rig.run(lab.Rig.settled, 3600000), "not settled"
    assert rig.cloud.verdicts == [10705], rig.cloud.verdicts
    print(
        json.dumps(
            {
                "longest_ms": watch.longest_us / 1000 - 1,
                "phase": watch.phase,
                "parts": watch.parts,
                "virtual_s": rig.clock.now() // 1000,
                "boots": len(rig.boots),
            }
        )
    )


main(_kind, int(_size), _reset == "1")
