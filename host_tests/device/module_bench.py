"""A simulated module on a virtual clock, driven by hand."""

from qsota_tools.center.cloud import Cloud
from qsota_tools.center.plan import Component
from qsota_tools.module.module import Module
from qsota_tools.module.states import (
    DOWNLOADING,
    DOWNLOADSTART,
    DOWNLOADSUCCESS,
    NOPLAN,
    REVICEPLAN,
    SUBMITOTA,
    UPDATING,
)
from qsota_tools.proof.lab.clock import Clock

IMAGE = bytes([(i * 7 + i // 256) & 0xFF for i in range(2500)])
BLOCK = 1500  # bytes of the first of two blocks
SOON = 40  # ms, longer than from a response to what it causes


def component(name="STM32", target="2_0_0", data=IMAGE, **more):
    return Component(name, target, data, **more)


class Bench:
    """cloud: options of the Cloud; options: those of the Module (here no echo, known device)."""

    def __init__(self, plans=(), cloud=None, online=True, **options):
        self.clock = Clock()
        self.cloud = Cloud(self.clock, plans, **(cloud or {}))
        self.wire = b""
        options["echo"] = options.get("echo", False)
        options["known"] = options.get("known", True)
        self.module = Module(self.clock, self._receive, self.cloud, **options)
        self.ota, self.link = self.module.ota, self.module.link
        if online:
            self.connect()

    def _receive(self, data):
        self.wire += data

    def connect(self, mode=1):
        self.at("AT+QIOTREG=%d" % mode)
        self.wait(1000)
        self.take()

    def wait(self, ms):
        self.clock.advance(ms)

    def take(self):
        """The bytes from the module since the last call."""
        data, self.wire = self.wire, b""
        return data

    def lines(self):
        return [line.decode() for line in self.take().split(b"\r\n") if line]

    def send(self, line):
        """Send a command and wait for its response, which stays on the wire."""
        self.module.rx(line.encode() + b"\r\n")
        self.wait(self.module.options.response_ms)

    def at(self, line):
        """Send a command and return the lines of its response."""
        self.take()
        self.send(line)
        return self.lines()

    def events(self, ms=SOON):
        """The OTA events of the next milliseconds, and of what is on the wire already."""
        self.wait(ms)
        return [line[12:] for line in self.lines() if line.startswith("+QIOTEVT: 7,")]

    def codes(self, ms=SOON):
        """The same, codes only."""
        return [int(event.split(",")[0]) for event in self.events(ms)]

    def reports(self):
        """The status numbers that reached the cloud so far."""
        return [status for _, status, _ in self.cloud.log]

    def until(self, state, limit_ms=100000):
        """Wait for an OTA state."""
        end = self.clock.now() + limit_ms
        while self.module.state != state:
            assert self.clock.now() < end, (self.module.state, state)
            self.wait(1)

    def serve(self, item):
        """Put a component's file on the cloud's file server and return its URL message."""
        self.cloud.storage.files[item.url] = item.data
        return item.firmware


def in_state(state, blocks=1, plans=1, **options):
    """A bench in that state of an upgrade to 2_0_0; the test plays the cloud."""
    bench = Bench(flash_free=len(IMAGE) if blocks == 1 else BLOCK, **options)
    storage, item = bench.cloud.storage, component()
    firmware = bench.serve(item)
    if state == DOWNLOADSTART:
        storage.latency_ms = 4990
    if state == DOWNLOADING:
        storage.speed = 0.1  # for hours
    for reached, step, args in (
        (NOPLAN, bench.take, ()),
        (REVICEPLAN, bench.ota.plan, ([component("OTHER")] * (plans - 1) + [item],)),
        (SUBMITOTA, bench.send, ("AT+QIOTUPDATE=1",)),
        (DOWNLOADSTART, bench.ota.firmware, (firmware,)),
        (DOWNLOADING, bench.take, ()),
        (DOWNLOADSUCCESS, bench.take, ()),
        (UPDATING, bench.send, ("AT+QIOTUPDATE=3",)),
    ):
        step(*args)
        bench.until(reached)
        if reached == state:
            break
    bench.take()
    bench.cloud.log[:] = []
    return bench


def at(line):
    """What sends that command to a bench, which is well with it."""

    def trigger(bench):
        bench.send("AT+" + line)
        assert bench.take() == b"\r\nOK\r\n"

    return trigger
