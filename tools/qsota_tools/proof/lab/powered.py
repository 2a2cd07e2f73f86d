"""A rig whose power fails in its flash operations. Runs on CPython and on MicroPython."""

from qsota.boot import application
from qsota_tools.proof.lab.nor_flash import PowerCut
from qsota_tools.proof.lab.rig import PAGE_MS, Rig
from qsota_tools.proof.lab.tears import cuts, leave
from qsota_tools.proof.lab.wire import Uart

OFF_MS = 200  # how long the power is off


class Cut:
    """The power fails in flash operation `index` since the power came, for off_ms;
    how: see tears.py; supply: the module's power fails as well."""

    def __init__(self, index, how, off_ms=OFF_MS, supply=False):
        self.index = index
        self.how = how
        self.off_ms = off_ms
        self.supply = supply

    def __str__(self):
        off = "" if self.off_ms == OFF_MS else f":{self.off_ms}"
        return f"{self.index}:{self.how}{off}"


class PoweredRig(Rig):
    """cuts: what is still to come; watch(rig, kind, at, length), if set, sees each operation
    before it happens, on_power(rig) the moment when the power is back after a cut.

    page_ms: a program of 256 bytes; blind: interrupts are off during flash operations. A
    subclass sets powered when the MCU starts.
    """

    page_ms = PAGE_MS
    blind = True
    seed = 0

    def __init__(self, **given):
        self.powered = False
        self.ops = 0  # flash operations since the power came
        self.cuts = []
        self.watch = None
        self.on_power = None
        self._back_us = None  # when the power comes back
        super().__init__(**given)

    def live(self, until, limit_ms=3600000):
        """Like run(), but over the power cuts that are in store as well; each has limit_ms."""
        while True:
            self.powered = True
            application.mount = lambda source: None
            try:
                return self.run(until, limit_ms)
            except PowerCut:
                self.power_on()

    def off_us(self):
        """After a cut: for how long the power is still off."""
        return max(0, self._back_us - self.clock.now_us())

    def power_on(self):
        """After a cut: at the moment that was set, whatever time the dead MCU's tasks took."""
        self.clock.advance_us(self.off_us())
        lines = self.uart.rx, self.uart.tx
        self.uart = Uart(self.clock, self.board.get("uart.baud"), self.board.get("uart.rxbuf"))
        self.uart.peer = self.module.rx
        for line, before in zip((self.uart.rx, self.uart.tx), lines):
            line.filters = before.filters
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
        self._power_fails(cut)
        return leave(self.flash, kind, at, length, cut.how, self.seed)

    def _work(self, kind, length):
        ms = self.erase_ms if kind == "erase" else self.page_ms * (length / 256)
        if self.blind:
            self.uart.blind(int(ms * 1000))
        self.clock.advance(ms)

    def _power_fails(self, cut):
        self._back_us = self.clock.now_us() + cut.off_ms * 1000
        # What is on the wire is lost, and so is what tasks write that do not know they are dead.
        self.uart.peer = None
        if cut.supply:
            self.module.reboot()

    def _power_off(self):
        super()._power_off()
        self.flash.restart()
