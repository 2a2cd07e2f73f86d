from powered_module import Bench, PoweredModule
from qsota_tools.proof.lab.clock import Clock


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
