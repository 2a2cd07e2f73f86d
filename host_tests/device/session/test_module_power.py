from qsota import log
from qsota.errors import AtTimeout
from qsota.resident.at_client import AtClient
from qsota.session.module_power import ModulePower
from qsota_tools.proof.lab.clock import Clock
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


def test_a_module_that_answers_is_left_alone():
    module = PoweredModule(Clock(), on=True)
    assert Bench(module, "power", "reset", "status").wake() is None
    assert module.presses == [] and module.sent == ["AT"]


def test_every_connection_asks_again_and_listens_once():
    module = PoweredModule(Clock(), on=True)
    bench = Bench(module)
    assert bench.wake(3) is None
    assert module.sent == ["AT"] * 3
    assert len(bench.at._subscriptions) == 2


def test_a_module_that_is_off_is_switched_on():
    module = PoweredModule(Clock())
    assert Bench(module, "power", "status").wake() is None
    assert module.presses == [("power", 750)]
    assert module.clock.now() < 750 + module.boot_ms + 3500


def test_the_length_of_a_press_is_in_the_board_file():
    module = PoweredModule(Clock())
    assert Bench(module, "power", "status", power_ms=2000).wake() is None
    assert module.presses == [("power", 2000)]


def test_rdy_ends_the_wait():
    waited = []
    for urc in (True, False):
        module = PoweredModule(Clock(), boot_ms=2200)
        if not urc:
            module.say = lambda data, say=module.say: None if b"RDY" in data else say(data)
        assert Bench(module, "power", "status").wake() is None
        waited.append(module.clock.now())
    assert waited[0] + 1000 < waited[1]


def test_a_hung_module_is_reset_when_its_status_says_that_it_is_on():
    module = PoweredModule(Clock(), on=True)
    module.hung = True
    assert Bench(module, "power", "reset", "status").wake() is None
    assert module.presses == [("reset", 300)]


def test_a_hung_module_without_a_reset_pin_is_switched_off_and_on():
    for pins in (("power",), ("power", "status")):
        module = PoweredModule(Clock(), on=True)
        module.hung = True
        assert Bench(module, *pins).wake() is None
        assert module.presses == [("power", 750)] * 2 and module.on


def test_a_module_that_is_starting_by_itself_is_not_disturbed():
    module = PoweredModule(Clock(), boot_ms=5000)
    module.start()
    assert Bench(module, "power", "reset").wake() is None
    assert module.presses == []


def test_a_module_that_installs_its_own_firmware_keeps_its_power():
    module = PoweredModule(Clock(), on=True)
    module.hung = True
    for second in range(120):
        module.clock.after(second * 1000, module.say, b'\r\n+QIND: "FOTA","UPDATING",7\r\n')
    module.clock.after(120000, module.start)
    bench = Bench(module, "power", "reset")
    assert bench.wake() == "module-updating"
    assert module.presses == []
    while module.clock.now() < 110000:
        assert bench.wake() == "module-updating"
    module.clock.advance(120000 - module.clock.now())
    assert bench.wake() is None and module.presses == []


def test_a_dead_module_is_reported_after_every_key():
    module = PoweredModule(Clock(), on=True)
    module.hung = module.broken = True
    assert Bench(module, "power", "reset", boot_ms=4000).wake() == "no-answer"
    assert [name for name, _ in module.presses] == ["power", "reset", "power"]


def test_only_a_module_whose_reset_is_wired_is_reset():
    for pins, pressed in ((("power",), []), (("power", "reset"), ["reset"])):
        module = PoweredModule(Clock(), on=True)
        bench = Bench(module, *pins)
        assert module.clock.run(bench._power.reset()) is bool(pressed)
        assert [name for name, _ in module.presses] == pressed


def test_a_board_without_pins_only_listens():
    module = PoweredModule(Clock())
    assert Bench(module).wake() == "no-answer"
    module.start()
    assert Bench(module).wake() is None


def test_a_faster_rate_is_used_where_it_works():
    module = PoweredModule(Clock(), on=True)
    bench = Bench(module, uart={"fast_baud": FAST})
    assert bench.wake() is None
    assert (module.baud, module.mcu) == (FAST, FAST)
    assert module.sent == ["AT", "AT+IPR=921600", "AT"]
    assert bench.wake() is None
    assert module.sent[3:] == ["AT"]


def test_the_next_session_goes_on_at_the_rate_of_the_one_before():
    clock = Clock()
    module = PoweredModule(clock, on=True)
    bench = Bench(module, uart={"fast_baud": FAST})
    assert bench.wake() is None
    module.sent.clear()
    bench.next_session()
    assert bench.wake() is None
    assert module.baud == module.mcu == FAST and module.sent == ["AT"]


def test_what_a_session_has_heard_of_the_module_ends_with_it():
    module = PoweredModule(Clock(), on=True)
    bench = Bench(module)
    assert bench.wake() is None
    bench.next_session()
    assert not bench.hears(b"RDY")


def test_the_faster_rate_is_not_stored_in_the_module():
    module = PoweredModule(Clock(), on=True)
    Bench(module, uart={"fast_baud": FAST}).wake()
    assert not [line for line in module.sent if "&W" in line]


def test_after_a_reset_of_the_mcu_the_module_still_has_the_faster_rate():
    module = PoweredModule(Clock(), on=True)
    bench = Bench(module, "power", uart={"fast_baud": FAST})
    bench.wake()
    bench.boot()
    assert bench.wake() is None
    assert (module.baud, module.mcu, module.presses) == (FAST, FAST, [])


def test_after_a_restart_of_the_module_it_has_its_first_rate_again():
    module = PoweredModule(Clock(), on=True)
    bench = Bench(module, "power", uart={"fast_baud": FAST})
    bench.wake()
    module.start()
    module.ready = True
    assert bench.wake() is None
    assert (module.baud, module.mcu, module.presses) == (FAST, FAST, [])


def test_a_module_that_refuses_the_faster_rate_stays_at_the_first():
    module = PoweredModule(Clock(), on=True)
    module.ipr = False
    bench = Bench(module, uart={"fast_baud": FAST})
    assert bench.wake() is None and bench.wake() is None
    assert (module.baud, module.mcu) == (SLOW, SLOW)
    assert module.sent.count("AT+IPR=921600") == 1


def test_a_lost_answer_to_the_change_of_rate_does_no_harm():
    module = PoweredModule(Clock(), on=True)
    bench = Bench(module, uart={"fast_baud": FAST})
    answer = module._answer

    def lose(line):
        module.lose_answers = int(line.startswith("AT+IPR"))
        answer(line)

    module._answer = lose
    assert bench.wake() is None
    assert (module.baud, module.mcu) == (FAST, FAST)


def test_wires_that_do_not_carry_the_faster_rate_cost_one_start_of_the_module():
    module = PoweredModule(Clock(), on=True)
    module.best = SLOW
    bench = Bench(module, "reset", uart={"fast_baud": FAST})
    assert bench.wake() is None
    assert (module.baud, module.mcu) == (SLOW, SLOW)
    assert [name for name, _ in module.presses] == ["reset"]
    assert bench.wake() is None
    assert module.sent.count("AT+IPR=921600") == 1


def test_a_module_that_ignores_the_change_of_rate_is_found_at_the_first():
    module = PoweredModule(Clock(), on=True)
    module._set_rate = lambda baud: None
    bench = Bench(module, "reset", uart={"fast_baud": FAST})
    assert bench.wake() is None
    assert (module.baud, module.mcu, module.presses) == (SLOW, SLOW, [])


def test_a_module_that_takes_seconds_for_an_answer_is_not_switched_off():
    module = PoweredModule(Clock(), on=True)
    answer = module._answer
    module._answer = lambda line: module.clock.after(4000, answer, line)
    assert Bench(module, "power", "reset", uart={"fast_baud": FAST}).wake() is None
    assert module.presses == [] and module.baud == FAST


def test_a_rate_that_the_module_has_stored_is_found_out():
    module = PoweredModule(Clock(), on=True)
    module.baud = 460800
    assert Bench(module, "power", "reset", uart={"fast_baud": FAST}).wake() is None
    assert (module.baud, module.mcu, module.presses) == (FAST, FAST, [])


def test_a_board_with_one_rate_keeps_to_it():
    module = PoweredModule(Clock(), on=True)
    module.baud = 460800
    assert Bench(module).wake() == "no-answer"
    assert module.mcu == SLOW


def test_a_module_in_data_mode_is_not_switched_off():
    module = PoweredModule(Clock(), on=True)
    module.hung = True
    receive = module._rx

    def rx(data):
        module.hung = module.hung and data != b"+++"
        receive(data)

    module.uart.peer = rx
    assert Bench(module, "power", "reset").wake() is None
    assert module.presses == []
