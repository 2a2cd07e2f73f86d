"""How fast a package comes over the UART, next to the limit of the wire and to two naive clients.

The limit is payload bytes * 10 / baud: each byte takes ten bit times. The clock runs from the
first read of the package to the moment when its last byte is hashed and on its way to flash.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from qsota.update import package
from qsota_tools.center.plan import Component, Plan
from qsota_tools.common.errors import UserError
from qsota_tools.proof.bench import naive
from qsota_tools.proof.lab import rig as lab
from qsota_tools.proof.lab.packages import image, make

SIZE = 100_000  # bytes of the package
BAUDS = (115200, 460800, 921600)
LATENCIES_MS = (0, 10, 100, 300)
CHUNKS = (512, 1024, 4096)
RECEIVES = ("pull", "rts", "dma")
_SHA256_US = 1.08  # per byte, measured on an emulated Pico
_LIMIT_MS = 3_600_000
_RING = 8192
_SLOT = 40 * 4096
_FIRST, _PROBE = "AT+QIOTOTARD=0,", "AT+QIOTOTARD=0,1"  # of the package; whether it is there

Row = dict[str, Any]


def model_rows(
    bauds=BAUDS, latencies=LATENCIES_MS, chunks=CHUNKS, receives=RECEIVES
) -> Iterator[Row]:
    """A row for each case in virtual time, where only flash, hashes, the wire and the module take
    time; then the naive clients."""
    for case in itertools.product(bauds, latencies, chunks, receives):
        yield make_row("model", *case, SIZE, _ours(*case))
    for baud, latency, name in itertools.product(bauds, latencies, naive.CLIENTS):
        client = naive.CLIENTS[name]
        seconds = client(baud, latency, _package()).run()
        yield make_row("model", baud, latency, client.chunk, "pull", SIZE, seconds, name)


def make_row(
    where: str,
    baud: int,
    latency_ms: int,
    chunk: int,
    receive: str,
    size: int,
    seconds: float,
    client: str = "qsota",
) -> Row:
    """A row of the table: so many bytes took so many seconds."""
    return {
        "where": where,
        "baud": baud,
        "latency_ms": latency_ms,
        "chunk": chunk,
        "receive": receive,
        "client": client,
        "seconds": round(seconds, 3),
        "ratio": round(seconds / wire_seconds(size, baud), 3),
    }


def wire_seconds(size: int, baud: int) -> float:
    """The least that so many bytes take."""
    return size * 10 / baud


def _package() -> bytes:
    content = image("2_0_0", SIZE - package.HEADER_SIZE)
    return make(package.PLAIN, content, content)


def _ours(baud: int, latency: int, chunk: int, receive: str) -> float:
    config = dict(lab.CONFIG)
    config["uart"] = {**config["uart"], "baud": baud, "receive": receive, "rxbuf": _RING}
    config["module"] = {"payload": "raw", "chunk": chunk}
    config["flash"] = {**config["flash"], "size": 16384 + 2 * _SLOT}
    slots = {"slot_a": [16384, _SLOT], "slot_b": [16384 + _SLOT, _SLOT]}
    config["areas"] = {**config["areas"], **slots}
    plans = [Plan([Component("MCU", "2_0_0", _package())])]
    rig = TimedRig(plans, config=config, response_ms=latency, read_limit=chunk)
    if receive != "pull":
        rig.uart.blind = lambda us: None  # hardware goes on receiving, or holds the module
    if not rig.run(lambda rig: rig.ended_us, _LIMIT_MS):
        raise UserError(f"no end at {baud} baud, {receive}: {lab.log.lines()[-3:]}")
    return (rig.ended_us - rig.begun_us) / 1e6


class TimedRig(lab.Rig):
    """The bench with the time of a Pico's SHA-256, which notes when the package came."""

    begun_us = ended_us = 0

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self._baud = options["config"]["uart"]["baud"]
        self.policy = {"on_progress": self._progress}
        self._hashed = 0

    def _trace(self, direction, text):
        super()._trace(direction, text)
        if direction == "TX" and text.startswith(_FIRST) and text != _PROBE:
            asked_us = wire_seconds(len(text) + 2, self._baud) * 1e6
            self.begun_us = self.clock.now_us() - asked_us

    def _progress(self, status):
        self.clock.advance_us(int(max(0, status.position - self._hashed) * _SHA256_US))
        self._hashed = status.position
        if status.length and status.position == status.length and not self.ended_us:
            self.ended_us = self.clock.now_us()
