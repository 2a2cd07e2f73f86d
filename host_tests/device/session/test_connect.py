"""From whatever state the module is in to the platform, with few questions and less traffic."""

from asyncio import sleep_ms

from cases import long
from link_bench import Bench
from qsota import log
from qsota.errors import AtTimeout
from qsota_tools.proof.lab.faults import once
from qsota_tools.proof.lab.rig import Rig
from scripted import failure

HOUR = 3600000
REGISTERED = ["AT+QIOTREG=1"]
ANEW = ["AT+QIOTREG=0", "AT+QIOTREG=1"]


def test_a_module_is_registered_once():
    bench = Bench()
    assert bench.connect() is None and bench.sent("AT+QIOTREG=") == REGISTERED
    assert bench.connect() is None and bench.sent("AT+QIOTREG=") == REGISTERED


def test_a_new_product_is_written_also_when_the_mode_is_right_already():
    bench = Bench(product=("pNEW", "sNEW"))
    bench.module.link.register(1)
    assert bench.connect() is None
    assert bench.module.config.get("productinfo") == ["pNEW", "sNEW"]
    assert bench.sent("AT+QIOTREG=") == ANEW
    assert bench.connect() is None and len(bench.sent("AT+QIOTREG=")) == 2


def test_a_product_that_the_module_has_is_not_written_again():
    bench = Bench(product=("p1SIMU", "c2ltdWxhdGVk"))
    assert bench.connect() is None
    assert not bench.sent('AT+QIOTCFG="productinfo",')


def test_a_product_that_no_module_takes_is_left_out_and_the_one_it_has_serves():
    for product in (("p" * 33, "s"), ("p", 'a"b'), (None, 5)):
        bench = Bench(product=product)
        assert bench.connect() is None
        assert not bench.sent('AT+QIOTCFG="productinfo"')
        assert log.lines()[0] == "product: bad or longer than 32"


def test_one_refused_question_about_the_product_does_not_cost_the_devices_secret():
    bench = Bench(product=("p1SIMU", "c2ltdWxhdGVk"))
    once(bench.uart.tx, b"productinfo", lambda data: (bench.module.refuse_next(1), data)[1])
    assert bench.connect() is None
    assert not bench.sent('AT+QIOTCFG="productinfo",')


def test_a_product_that_is_refused_is_tried_again_at_the_next_connection():
    bench = Bench(product=("pNEW", "sNEW"))
    once(bench.uart.tx, b'"pNEW"', lambda data: (bench.module.refuse_next(1), data)[1])
    assert bench.connect() is None and "setting: error" in log.lines()
    assert bench.connect() is None
    assert bench.module.config.get("productinfo") == ["pNEW", "sNEW"]


def test_buffered_reception_is_set_also_when_the_mode_is_right_already():
    bench = Bench()
    bench.module.link.register(1)
    assert bench.connect() is None
    assert bench.module.config.get("buffer") == [1] and bench.sent("AT+QIOTREG=") == ANEW


def test_a_module_that_is_left_in_mode_2_stays_connected_if_nothing_differs():
    bench = Bench(mode=2)
    bench.module.config.set("buffer", [1])
    bench.module.link.register(2)
    assert bench.connect() is None and not bench.sent("AT+QIOTREG=")


def test_a_registration_that_is_refused_for_good_is_made_anew():
    bench = Bench()
    assert bench.connect() is None
    bench.give_up()
    begun = bench.clock.now()
    assert bench.connect() is None
    assert bench.sent("AT+QIOTREG=") == REGISTERED + ANEW
    assert bench.clock.now() - begun < 10000


@long
def test_a_registration_that_is_always_refused_is_made_anew_less_and_less_often():
    bench = Bench(connect_ms=1000)
    register = bench.module.link.register

    def refused(mode):
        register(mode)
        if mode:
            bench.clock.after(500, bench.give_up)

    async def four_hours():
        await bench.link.connect()
        bench.give_up()
        bench.module.link.register = refused
        bench.commands.clear()
        while bench.clock.now() < 4 * HOUR:
            assert await failure(AtTimeout, bench.link.connect()) == "no-platform"
            await sleep_ms(600000)  # the updater's pause between two sessions

    bench.run(four_hours())
    assert 4 <= bench.commands.count("AT+QIOTREG=1") <= 7
    assert len([line for line in bench.commands if "STATE" in line]) < 400


def test_without_a_platform_the_registration_is_made_anew_the_next_time():
    bench = Bench(connect_ms=400000)
    assert bench.connect() == "no-platform"
    assert bench.sent("AT+QIOTREG=") == REGISTERED
    bench.module.link._stop(4)  # and it does not try again
    bench.module.options.connect_ms = 100
    assert bench.connect() is None
    assert bench.sent("AT+QIOTREG=") == REGISTERED + ANEW


def test_a_connection_that_came_back_makes_the_next_loss_a_first_one():
    bench = Bench()
    for _ in range(3):
        assert bench.connect() is None
        bench.give_up()
    assert bench.sent("AT+QIOTREG=") == REGISTERED + 2 * ANEW


def test_d11_the_connection_may_be_there_before_the_ok():
    bench = Bench(connect_ms=1, event_ms=0, response_ms=50)
    assert bench.connect() is None


@long
def test_a_device_that_is_off_line_for_hours_asks_little_and_comes_back():
    rig = Rig()
    assert rig.run(lambda rig: rig.sent("AT+QIOTOTAREQ"), 60000)
    link = rig.module.link
    link._stop(7)
    rig.module.event("2,10430")
    register = link.register
    link.register = lambda mode: None
    before = len(rig.commands)
    rig.run(lambda rig: False, HOUR)
    asked = [line for _, line in rig.commands[before:] if "STATE" in line]
    assert len(asked) < 300
    link.register = register
    assert rig.run(lambda rig: link.online, HOUR)


def test_a_module_that_restarts_while_it_is_waited_for_is_connected_again():
    bench = Bench(connect_ms=5000)

    async def restart():
        bench.clock.after(4000, bench.module.reboot)
        assert await failure(AtTimeout, bench.link.connect(20000)) == "no-platform"
        assert bench.quec.inbox.restarted
        await bench.link.connect()
        assert bench.module.link.online

    bench.run(restart())
