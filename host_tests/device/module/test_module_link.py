from module_bench import SOON, Bench

ALL = ["+QIOTEVT: 1,10200", "+QIOTEVT: 2,10200", "+QIOTEVT: 3,10200"]


def test_the_first_connection_authenticates_the_later_ones_do_not():
    bench = Bench(online=False, known=False)
    assert bench.at("AT+QIOTREG=1") == ["OK"]
    bench.wait(1000)
    assert bench.lines() == ALL
    assert bench.at("AT+QIOTREG=0") == ["OK"]
    bench.wait(SOON)
    assert bench.lines() == ["+QIOTEVT: 6,10200"]
    bench.at("AT+QIOTREG=1")
    bench.wait(1000)
    assert bench.lines() == ALL[1:]


def test_the_states_on_the_way():
    bench = Bench(online=False, known=False, connect_ms=100)
    states = [bench.at("AT+QIOTSTATE?")[0]]
    bench.at("AT+QIOTREG=1")
    for _ in range(4):
        states.append(bench.at("AT+QIOTSTATE?")[0])
        bench.wait(95)
    bench.at("AT+QIOTREG=0")
    states.append(bench.at("AT+QIOTSTATE?")[0])
    bench.wait(SOON)
    states.append(bench.at("AT+QIOTSTATE?")[0])
    assert [int(line.split(" ")[1]) for line in states] == [1, 2, 5, 6, 8, 10, 11]


def test_modes_out_of_range_and_a_missing_product_are_refused():
    bench = Bench(online=False, product=None)
    for line in ("AT+QIOTREG=3", "AT+QIOTREG=01", 'AT+QIOTREG="1"', "AT+QIOTREG=1,1"):
        assert bench.at(line) == ["ERROR"], line
    assert bench.at("AT+QIOTREG=1") == ["ERROR"]
    bench.at('AT+QIOTCFG="productinfo","pk","ps"')
    assert bench.at("AT+QIOTREG=1") == ["OK"]
    assert bench.at("AT+QIOTREG?") == ["+QIOTREG: 1", "OK"]


def test_the_same_mode_again_and_1_to_2_change_nothing_on_the_line():
    bench = Bench()
    for mode in (1, 2, 2, 1):
        assert bench.at("AT+QIOTREG=%d" % mode) == ["OK"]
        bench.wait(2000)
        assert bench.lines() == []
        assert bench.at("AT+QIOTREG?") == ["+QIOTREG: %d" % mode, "OK"]


def test_disconnecting_while_disconnected_tells_nothing():
    bench = Bench(online=False)
    assert bench.at("AT+QIOTREG=0") == ["OK"]
    bench.wait(1000)
    assert bench.lines() == []


def test_disconnecting_stops_a_connection_in_progress():
    bench = Bench(online=False)
    bench.at("AT+QIOTREG=1")
    bench.wait(100)
    bench.at("AT+QIOTREG=0")
    bench.wait(5000)
    assert bench.lines() == ["+QIOTEVT: 6,10200"]
    assert bench.link.state == 11


def test_reconnecting_at_once_after_disconnecting():
    bench = Bench()
    bench.at("AT+QIOTREG=0")
    assert bench.at("AT+QIOTREG=1") == ["OK"]
    bench.wait(1000)
    assert bench.lines() == ["+QIOTEVT: 6,10200"] + ALL[1:]
    assert bench.link.online


def test_mode_1_is_lost_in_a_restart_and_mode_2_connects():
    for mode, lines in ((1, []), (2, ALL[1:])):
        bench = Bench()
        bench.at("AT+QIOTREG=%d" % mode)
        bench.module.reboot()
        bench.wait(3000)
        bench.take()
        bench.wait(1000)
        assert bench.lines() == lines
        assert bench.link.mode == (2 if lines else 0)


def test_a_lost_network_comes_back_without_the_mcu():
    bench = Bench()
    bench.link.drop(10473, back_ms=2000)
    assert bench.lines() == ["+QIOTEVT: 2,10473"]
    assert not bench.link.online
    bench.wait(3000)
    assert bench.lines() == ALL[1:]


def test_a_module_that_is_not_registered_has_no_network_to_lose():
    bench = Bench(online=False)
    bench.link.drop()
    bench.wait(10000)
    assert bench.lines() == []


def test_device_information_is_uploaded_on_connection_and_on_request():
    bench = Bench(online=False)
    bench.at('AT+QIOTMCUVER="STM32","1"')
    assert bench.cloud.versions == {}
    bench.connect()
    assert bench.cloud.versions == {"STM32": "1"}
    bench.at('AT+QIOTMCUVER="STM32","2"')
    assert bench.cloud.versions == {"STM32": "1"}
    assert bench.at('AT+QIOTINFO="up"') == ["OK"]
    bench.wait(SOON)
    assert bench.lines() == ["+QIOTEVT: 4,10240"]
    assert bench.cloud.versions == {"STM32": "2"}


def test_information_cannot_be_uploaded_off_line():
    bench = Bench(online=False)
    assert bench.at('AT+QIOTINFO="up"') == ["OK"]
    bench.wait(SOON)
    assert bench.lines() == ["+QIOTEVT: 4,10340"]
    assert bench.at('AT+QIOTINFO="down"') == ["ERROR"]


def test_off_line_only_the_last_status_is_kept():
    bench = Bench()
    bench.link.drop(back_ms=1000)
    bench.link.report(4, "STM32")
    bench.link.report(5, "STM32")
    assert bench.cloud.log == [] and bench.link.cached_status == 5
    bench.wait(2000)
    assert bench.reports() == [5]
    assert bench.link.cached_status == 0


def test_a_kept_status_is_lost_in_a_restart():
    bench = Bench()
    bench.at("AT+QIOTREG=2")
    bench.link.drop()
    bench.link.report(5, "STM32")
    bench.module.reboot()
    bench.wait(10000)
    assert bench.link.online and bench.cloud.log == []


def test_a_request_needs_the_connection():
    bench = Bench(online=False)
    for line in ("AT+QIOTOTAREQ", "AT+QIOTOTAREQ=1"):
        assert bench.at(line) == ["ERROR"]
