# Retries, verdicts and restarts of the module, and its own firmware.

from module_bench import IMAGE, SOON, component, in_state
from qsota_tools.center.plan import MODULE

# Retries


def test_a_retry_starts_again_from_offset_0():
    bench = in_state(8, blocks=2)
    bench.send("AT+QIOTUPDATE=2")
    bench.until(4)
    bench.ota.download_failed()
    assert bench.events() == ["10702"] and bench.module.state == 0
    bench.ota.firmware(component().firmware)
    assert bench.events(5000)[-1] == '10703,"STM32",2500,0,1500'


def test_the_sixth_failure_of_a_plan_ends_it():
    bench = in_state(2)
    for number in range(6):
        bench.ota.firmware(bench.serve(component()))
        bench.ota.download_failed()
        assert bench.codes() == [[10701], [10702]][number > 0] + [10706] * (number == 5)
    assert bench.reports() == [4, 6] * 5 + [4, 12]


def test_a_verdict_resets_the_failures_and_the_announcement():
    bench = in_state(8)
    for _ in range(5):
        bench.ota.download_failed()
    bench.ota.firmware(component().firmware)
    bench.at('AT+QIOTMCUVER="STM32","2_0_0"')
    bench.wait(2 * SOON)
    bench.take()
    bench.ota.firmware(component().firmware)
    assert bench.codes(0) == [10701]
    bench.ota.download_failed()
    assert bench.codes() == [] and bench.module.state == 0


# Verdict and the connection


def test_a_kept_status_can_hide_the_verdict():
    bench = in_state(5)
    bench.link.drop(back_ms=100000)
    bench.wait(6000)  # 10702 again: 5 is kept
    bench.ota.request_body(IMAGE)  # 8 is kept
    bench.link._cached = (4, "STM32", "")
    assert bench.at('AT+QIOTMCUVER="STM32","2_0_0"') == ["OK"]
    assert bench.codes() == [] and bench.module.state == 8  # 8 | 4 is no open state


def test_a_kept_status_makes_a_verdict_of_a_version_in_state_0():
    bench = in_state(5)
    bench.link.drop(back_ms=100000)
    bench.ota.download_failed()
    assert bench.codes() == [] and bench.module.state == 0
    bench.at('AT+QIOTMCUVER="STM32","1_0_0"')
    assert bench.codes() == [10706]


# Restart of the module


def restart(bench, mode=2):
    bench.send("AT+QIOTREG=%d" % mode)
    bench.module.reboot()
    bench.take()
    bench.wait(3000)


def test_a_module_that_starts_says_so_and_is_deaf_before():
    bench = in_state(0, echo=True)
    bench.module.reboot()
    assert bench.at("AT") == []
    bench.wait(2994)
    assert bench.lines() == []
    bench.wait(1)
    assert bench.lines() == ["RDY", "+CFUN: 1", "+CPIN: READY", "+QUSIM: 1", "APP RDY"]


def test_a_restart_switches_echo_on_and_drops_half_a_line():
    bench = in_state(0, echo=True)
    bench.at("ATE0")
    bench.module.rx(b"AT+QIOT")
    restart(bench)
    bench.take()
    bench.module.rx(b"AT\r\n")
    bench.wait(5)
    assert bench.take() == b"AT\r\r\nOK\r\n"


def test_a_restart_during_a_restart_starts_once():
    bench = in_state(0)
    bench.module.reboot()
    bench.wait(2000)
    bench.module.reboot()
    bench.wait(10000)
    assert bench.lines().count("RDY") == 1


def test_a_command_in_execution_is_lost_in_a_restart():
    bench = in_state(8)
    bench.module.rx(b"AT+QIOTOTARD=0,16\r\n")
    restart(bench)
    assert b"QIOTOTARD" not in bench.take()
    assert bench.at("AT") == ["OK"]


def test_restart_in_state_0_and_1_leads_to_state_0():
    for state in (0, 1):
        bench = in_state(state)
        restart(bench)
        assert bench.codes(2000) == [] and bench.module.state == 0
        assert bench.reports() == []


def test_restart_with_an_open_download_is_a_download_error():
    for state in (2, 4, 5, 8):
        bench = in_state(state)
        restart(bench)
        assert bench.codes() == [] and bench.module.state == 0
        assert bench.link.cached_status == 6
        bench.wait(1000)
        assert bench.reports() == [6]
        bench.ota.firmware(component().firmware)
        assert bench.codes(0) == [10701]  # announced again


def test_an_old_version_before_the_connection_ends_the_plan():
    bench = in_state(5)
    restart(bench)
    bench.at('AT+QIOTMCUVER="STM32","1_0_0"')
    assert bench.codes() == [10706]


def test_restart_while_updating_tells_10704_again_with_new_20_minutes():
    bench = in_state(9)
    bench.wait(1000000)
    restart(bench)
    assert bench.codes(0) == [10704]
    assert bench.codes(1199999) == []
    assert bench.codes(1) == [10706]


def test_the_verdict_after_a_restart_while_updating():
    bench = in_state(9)
    restart(bench)
    bench.wait(2000)
    bench.at('AT+QIOTMCUVER="STM32","2_0_0"')
    assert bench.codes() == [10705]


def test_d7_the_request_mode_survives_a_restart_only_if_something_else_was_saved_after_it():
    for then in ("AT", 'AT+QIOTMCUVER="OTHER","1"'):
        bench = in_state(2)
        bench.at("AT+QIOTOTAREQ=1")
        bench.at(then)
        restart(bench)
        bench.wait(2000)
        bench.ota.firmware(component().firmware)
        assert (component().firmware.sha256 in bench.events(0)[0]) == (then != "AT")


def test_the_bare_request_is_a_request_without_sha256():
    bench = in_state(0)
    for line, mode in (("=1", 1), ("", 0), ("=1", 1), ("=0", 0)):
        assert bench.at("AT+QIOTOTAREQ" + line) == ["OK"]
        assert bench.ota.sha256_mode == mode


def test_a_request_with_another_mode_is_sent_but_refused():
    bench = in_state(0)
    bench.cloud.versions = {}
    bench.at('AT+QIOTMCUVER="STM32","1_0_0"')
    assert bench.at("AT+QIOTOTAREQ=2") == ["ERROR"]
    assert bench.cloud.versions == {"STM32": "1_0_0"} and bench.ota.sha256_mode == 2


# Module firmware


def flashing():
    bench = in_state(2)
    item = component("MODULE", "SIM01A02", kind=MODULE)
    bench.cloud.storage.files[item.url] = item.data
    bench.ota.firmware(item.firmware)
    return bench


def test_module_firmware_is_flashed_by_a_restart_and_told_without_fields():
    bench = flashing()
    bench.at("AT+QIOTREG=2")
    assert bench.events(1000) == ["10702", "10703", "10704"]
    bench.wait(5000 + 3000)
    lines = bench.lines()
    assert lines[0] == "RDY" and "+QIOTEVT: 7,10705" in lines
    assert bench.at("AT+CGMR") == ["SIM01A02", "OK"]


def test_module_firmware_that_was_not_flashed_is_a_failure():
    bench = flashing()
    bench.until(9)
    restart(bench)
    assert bench.codes(0) == [10706]


def test_the_mcu_has_no_say_in_a_module_upgrade():
    bench = flashing()
    bench.until(9)
    assert bench.at("AT+QIOTUPDATE=3") == ["ERROR"]
    bench.at('AT+QIOTMCUVER="MODULE","SIM01A02"')
    bench.wait(SOON)
    assert bench.module.state == 9
