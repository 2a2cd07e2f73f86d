"""A Link to a simulated module, without an updater."""

from qsota import log
from qsota.errors import AtTimeout
from qsota.resident.at_client import AtClient
from qsota.session.connect import Link
from qsota.session.quecthing import QuecThing
from qsota_tools.center.cloud import Cloud
from qsota_tools.module.module import Module
from qsota_tools.proof.lab import naps
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.wire import Uart


class Bench:
    """A module and, each time in a new event loop, a Link to it."""

    def __init__(self, product=None, mode=1, rts=False, **options):
        log.sink = None
        log.clear()
        self.clock = Clock()
        self.uart = Uart(self.clock)
        self.module = Module(self.clock, self.uart.receive, Cloud(self.clock, []), **options)
        self.uart.peer = self.module.rx
        self.module.on_trace = self._trace
        self.commands = []
        self.at = AtClient(self.uart)
        self.quec = QuecThing(self.at)
        self.link = Link(self.at, self.quec, mode, product, rts=rts)
        naps.install()

    def _trace(self, direction, text):
        if direction == "TX":
            self.commands.append(text)

    def sent(self, start):
        return [line for line in self.commands if line.startswith(start)]

    def connect(self, **options):
        """Why it failed, or None."""
        try:
            self.run(self.link.connect(**options))
        except AtTimeout as error:
            return error.reason

    def run(self, coro):
        """In an event loop of its own."""
        self.uart.nap = naps.Nap(self.clock, self.uart)
        try:
            return self.clock.run(coro)
        finally:
            self.uart.nap.stop()

    def give_up(self, event="2,10430", state=7):
        """The module ends the connection and does not try again by itself."""
        self.module.link._stop(state)
        self.module.event(event)
