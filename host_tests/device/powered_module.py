# A module with keys and rates, in virtual time.

from qsota import log
from qsota.errors import AtTimeout
from qsota.resident.at_client import AtClient
from qsota.session.module_power import ModulePower
from qsota_tools.proof.lab.wire import Uart
from rig import Rig
from scripted import MARKERS

SLOW, FAST = 115200, 921600


class PoweredModule:
    """A module with a power key, a reset input and a status output.

    boot_ms: from a start to RDY; best: the highest rate that the wires carry; hung: it does not
    answer until it starts again; broken: it never does. presses: (key, ms) of each.
    """

    def __init__(self, clock, on=False, boot_ms=4000):
        self.clock = clock
        self.boot_ms = boot_ms
        self.on = on
        self.ready = on
        self.hung = False
        self.broken = False
        self.ipr = True
        self.best = FAST
        self.baud = SLOW
        self.presses = []
        self.sent = []
        self.lose_answers = 0
        self.uart = Uart(clock)
        self.uart.init = self._set_mcu
        self.uart.peer = self._rx
        self.mcu = SLOW

    def _set_mcu(self, **options):
        self.mcu = options["baudrate"]

    def get(self, name, default):
        """The level of its output of that name."""
        return int(self.on)

    def keys(self):
        return {"power": self._key("power", self._press), "reset": self._key("reset", self._reset)}

    def say(self, data):
        if self.on:
            self.uart.receive(data if self._same_rate() else b"\xf8" * (len(data) // 4))

    def _same_rate(self):
        return self.mcu == self.baud <= self.best

    def _rx(self, data):
        if not self.ready or self.hung or not self._same_rate():
            return
        for line in data.split(b"\r\n"):
            if line:
                self._answer(line.decode())

    def _answer(self, line):
        self.sent.append(line)
        if line.startswith("AT+IPR=") and self.ipr:
            self._final(b"OK")
            self.clock.after(10, self._set_rate, int(line[7:]))
        else:
            self.say(MARKERS.get(line, b""))
            if line not in MARKERS:
                self._final(b"OK" if line in ("AT", "ATE0Q0V1") else b"ERROR")

    def _final(self, code):
        if self.lose_answers:
            self.lose_answers -= 1
        else:
            self.say(b"\r\n" + code + b"\r\n")

    def _set_rate(self, baud):
        self.baud = baud

    def _key(self, name, action):
        """The pin that the MCU drives, high: pressed; action comes at its release."""
        level, since = 0, 0

        def pin(value):
            nonlocal level, since
            if value and not level:
                since = self.clock.now()
            elif level and not value:
                self.presses.append((name, self.clock.now() - since))
                action()
            level = value

        return pin

    def _press(self):
        if self.on:
            self.on = self.ready = False
        else:
            self.start()

    def _reset(self):
        if self.on:
            self.start()

    def start(self):
        self.on, self.ready, self.hung, self.baud = True, False, False, SLOW
        if not self.broken:
            self.clock.after(self.boot_ms, self._booted)

    def _booted(self):
        self.ready = True
        self.say(b"\r\nRDY\r\n")


class Bench:
    """An MCU whose board file names these pins of the module, and these rates."""

    def __init__(self, module, *pins, uart=None, **settings):
        log.sink = None
        named = {pin: pin for pin in pins}
        named.update(settings)
        self._rig = Rig("stm32", uart=uart or {}, module_pins=named)
        self._rig.pins.outputs = module.keys()
        self._rig.pins.levels = module
        self._module = module
        self.boot()

    def boot(self):
        """The MCU starts: nothing is known, and the UART has its first rate."""
        self._module.mcu = SLOW
        self._power = self._rig.run(ModulePower, self._rig.board(), self._module.uart)

    def wake(self, times=1):
        """Why it failed, or None."""
        self.at = AtClient(self._module.uart)  # with a reader in the event loop of this call
        try:
            self._rig.run(self._module.clock.run, self._wake(times))
        except AtTimeout as error:
            return error.reason

    def next_session(self):
        """Another ModulePower takes over, with what this one keeps; nothing else of it stays."""
        kept = self._power.keep()
        for _ in range(2):
            self._power.close()  # also where it hears nothing any more
        self._power = self._rig.run(ModulePower, self._rig.board(), self._module.uart)
        self._power.restore(kept)

    def hears(self, line):
        """Whether anybody waits for this URC."""
        return self.at._is_urc(line)

    async def _wake(self, times):
        for _ in range(times):
            await self._power.wake(self.at)
