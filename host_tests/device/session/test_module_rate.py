# The baud rate of the module: changed, lost, and found again.


from powered_module import FAST, SLOW, Bench, PoweredModule
from qsota_tools.proof.lab.clock import Clock


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
