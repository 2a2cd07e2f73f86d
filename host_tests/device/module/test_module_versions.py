from module_bench import Bench
from qsota_tools.module.versions import Versions, valid


def test_entries_are_listed_in_the_order_in_which_they_were_set():
    bench = Bench()
    assert bench.at("AT+QIOTMCUVER?") == ["OK"]
    for pair in ('"A","1"', '"B","2"', '"A","3"'):
        assert bench.at("AT+QIOTMCUVER=" + pair) == ["OK"]
    lines = bench.at("AT+QIOTMCUVER?")
    assert lines == ['+QIOTMCUVER: "B","2"', '+QIOTMCUVER: "A","3"', "OK"]


def test_one_entry_can_be_queried():
    bench = Bench()
    bench.at('AT+QIOTMCUVER="STM32","1_0_0"')
    assert bench.at('AT+QIOTMCUVER="STM32"') == ['+QIOTMCUVER: "STM32","1_0_0"', "OK"]
    assert bench.at('AT+QIOTMCUVER="OTHER"') == ["ERROR"]


def test_an_empty_version_deletes_the_entry():
    bench = Bench()
    bench.at('AT+QIOTMCUVER="STM32","1_0_0"')
    assert bench.at('AT+QIOTMCUVER="STM32",""') == ["OK"]
    assert bench.at("AT+QIOTMCUVER?") == ["OK"]


def test_names_and_versions_have_limits():
    assert valid("n" * 32, "v" * 64) and valid("n", "")
    for name, version in (("", "1"), ("n" * 33, "1"), ("n", "v" * 65)):
        assert not valid(name, version)
        assert Bench().at('AT+QIOTMCUVER="%s","%s"' % (name, version)) == ["ERROR"]


def test_d6_the_separators_of_the_table_are_accepted_and_do_harm():
    bench = Bench()
    assert bench.at('AT+QIOTMCUVER="AC","1;2"') == ["OK"]
    assert bench.at('AT+QIOTMCUVER="AC"') == ['+QIOTMCUVER: "AC","1"', "OK"]
    assert bench.at('AT+QIOTMCUVER="a:b","1"') == ["OK"]
    assert '+QIOTMCUVER: "a","b"' in bench.at("AT+QIOTMCUVER?")


def test_numbers_are_no_versions():
    bench = Bench()
    for args in ('"STM32",1', "STM32", '"a","b","c"', '"a", "b"'):
        assert bench.at("AT+QIOTMCUVER=" + args) == ["ERROR"], args


def test_the_table_holds_511_characters():
    table = Versions()
    for i in range(7):
        assert table.set("%02d" % i, "v" * 64)  # 7 * 67 + 6 separators = 475
    assert table.set("ab", "v" * 32)  # 475 + 1 + 35 = 511
    assert not table.set("ab", "v" * 33)


def test_an_entry_that_no_longer_fits_is_gone():
    bench = Bench()
    for i in range(7):
        bench.at('AT+QIOTMCUVER="%d","%s"' % (i, "v" * 64))
    assert bench.at('AT+QIOTMCUVER="7","%s"' % ("v" * 40)) == ["OK"]
    assert bench.at('AT+QIOTMCUVER="7","%s"' % ("v" * 41)) == ["ERROR"]
    assert bench.at('AT+QIOTMCUVER="7"') == ["ERROR"]


def test_versions_survive_a_restart_of_the_module():
    bench = Bench()
    bench.at('AT+QIOTMCUVER="STM32","1_0_0"')
    bench.module.reboot()
    bench.wait(5000)
    assert bench.at("AT+QIOTMCUVER?") == ['+QIOTMCUVER: "STM32","1_0_0"', "OK"]
