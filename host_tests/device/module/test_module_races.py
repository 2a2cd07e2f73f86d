"""What Quectel's own code does when timers and connections cross (protocol.md 9)."""

from module_bench import BLOCK, IMAGE, SOON, Bench, component, in_state
from qsota_tools.center.plan import Plan
from qsota_tools.module.download import CORRUPT, LATE, RANGELESS, SILENT, STALL, UNNOTICED


def confirmed(faults, **options):
    """A bench whose cloud was told to begin; faults of the downloads."""
    bench = Bench([Plan([component()])], **options)
    bench.cloud.storage.faults = list(faults)
    bench.at("AT+QIOTOTAREQ=1")
    bench.wait(400)
    assert bench.at("AT+QIOTUPDATE=1")[-1] == "OK"
    return bench


def silent():
    """A module in the silent state, with the time that it took."""
    bench = confirmed([LATE])
    bench.until(8)
    bench.take()
    return bench


def read(bench, start, length):
    bench.take()
    bench.send("AT+QIOTOTARD=%d,%d" % (start, length))
    return bench.take().partition(b"\r\n")[2].partition(b"\r\n")[2][:length]


# --- D1


def test_d1_a_stalled_body_ends_after_ten_seconds_from_the_request():
    bench = in_state(2)
    bench.cloud.storage.faults = [STALL]
    bench.ota.firmware(bench.serve(component()))
    bench.until(5)
    bench.until(0)
    assert bench.reports() == [4, 5, 5, 6]
    times = {status: ms for ms, status, _ in bench.cloud.log}
    assert times[6] - bench.cloud.log[0][0] == 10000


def test_d1_a_body_that_stalls_late_ends_after_five_seconds_of_silence():
    bench = in_state(2)
    bench.cloud.storage.faults = [STALL]
    bench.cloud.storage.speed = 100  # half of it takes 12.5 s
    bench.ota.firmware(bench.serve(component()))
    bench.until(5)
    began = bench.clock.now()
    bench.until(0)
    assert bench.clock.now() - began == 12500 + 5000


def test_d1_the_sixth_stall_ends_the_plan():
    bench = confirmed([STALL] * 6)
    codes = bench.codes(120000)
    assert codes[0] == 10701 and codes[-1] == 10706 and 10703 not in codes
    assert bench.cloud.results == [10706]


# --- D2, D9


def test_d2_a_late_header_leads_to_the_silent_state():
    bench = confirmed([LATE])
    # Gone after 5 s; the header comes 200 ms later, before the URL does, which is dropped.
    assert bench.codes(3600000) == [10701, 10702]
    assert bench.module.state == 8
    assert bench.at("AT+QIOTOTARD=0,1") == ["ERROR"]
    assert bench.at("AT+QIOTUPDATE=2") == ["ERROR"]


def test_d2_new_plans_are_dropped_in_the_silent_state():
    bench = silent()
    bench.ota.plan([component()])
    assert bench.codes(600000) == [] and bench.module.state == 8


def test_d2_a_version_report_ends_the_silent_state():
    bench = silent()
    bench.at('AT+QIOTMCUVER="STM32","1_0_0"')
    assert bench.codes() == [10706]
    bench.ota.plan([component()])
    assert bench.codes() == [10700]


def test_d2_a_restart_of_the_module_ends_the_silent_state():
    bench = silent()
    bench.at("AT+QIOTREG=0")
    bench.at("AT+QIOTREG=2")
    bench.module.reboot()
    bench.take()
    # The cloud hears of a failed download and sends the URL again.
    assert bench.codes(10000) == [10701, 10702, 10703]


def test_d9_an_empty_package_leads_to_the_silent_state_too():
    bench = in_state(2)
    bench.ota.firmware(bench.serve(component(data=b"")))
    events = bench.events(3600000)
    assert [int(event.split(",")[0]) for event in events] == [10701, 10702]
    assert events[0].startswith('10701,"STM32",0,') and bench.module.state == 8


# --- D3


def test_d3_a_header_after_the_second_url_means_two_downloads_at_once():
    bench = confirmed([LATE])
    bench.cloud.storage.late_ms = 5700
    assert bench.codes(10000) == [10701, 10702, 10702, 10702, 10703, 10703]
    assert read(bench, 0, 100) == IMAGE[:100]


def test_d3_data_of_the_first_block_can_stand_at_the_addresses_of_the_second():
    bench = confirmed([LATE], flash_free=BLOCK)
    bench.cloud.storage.late_ms = 5600
    bench.cloud.storage.speed = 1000  # the late body ends at 7.1 s, the one of the retry at 7.2 s
    bench.until(8)
    bench.at("AT+QIOTUPDATE=2")
    assert bench.events(150) == ["10702", '10703,"STM32",2500,1500,1000']
    assert read(bench, BLOCK, 16) == IMAGE[:16]


def test_a_header_that_never_comes_is_one_failure():
    bench = confirmed([SILENT])
    assert bench.codes(10000) == [10701, 10702, 10702, 10703]


# --- D4, D5


def test_d4_a_request_without_range_ends_in_a_block_of_length_0():
    bench = confirmed([RANGELESS], flash_free=BLOCK)
    assert bench.events(10000)[-1] == '10703,"STM32",2500,0,0'
    assert bench.at("AT+QIOTOTARD=0,1") == ["ERROR"]
    assert bench.codes(60000) == [10706]


def test_d5_a_full_flash_gives_blocks_of_length_0():
    bench = confirmed([], flash_free=0)
    assert bench.events(5000)[-1] == '10703,"STM32",2500,0,0'
    assert bench.at("AT+QIOTUPDATE=2") == ["OK"]
    assert bench.events(5000)[-1] == '10703,"STM32",2500,0,0'


def test_d5_less_than_that_underflows_to_no_limit():
    bench = confirmed([], flash_free=-1)
    assert bench.events(5000)[-1] == '10703,"STM32",2500,0,2500'


# --- D8


def test_d8_a_request_while_connecting_is_delivered_later():
    bench = Bench([Plan([component()])], online=False)
    assert bench.at("AT+QIOTOTAREQ=1") == ["ERROR"] and bench.ota.sha256_mode == 1
    bench.at("AT+QIOTREG=1")
    assert bench.at("AT+QIOTOTAREQ=1") == ["OK"]
    assert bench.codes(2000) == [10700]


# --- D10


def test_d10_a_bad_component_of_several_is_skipped():
    bench = in_state(0)
    bench.ota.plan([component(target="v" * 65), component(), component(name="n" * 40)])
    assert [event.split(",")[1] for event in bench.events()] == ['"STM32"', '"%s"' % ("n" * 40)]
    bench.at("AT+QIOTUPDATE=1")
    bench.wait(SOON)
    bench.ota.firmware(bench.serve(component(name="n" * 40)))
    assert 10706 in bench.codes()


# --- D11


def test_d11_events_may_come_before_the_ok_of_the_command_that_caused_them():
    bench = in_state(8, events_first=1)
    assert bench.at("AT+QIOTUPDATE=3") == ["+QIOTEVT: 7,10704", "OK"]
    assert bench.at('AT+QIOTMCUVER="STM32","2_0_0"') == ["+QIOTEVT: 7,10705", "OK"]


# --- D14


def test_d14_an_unnoticed_connection_is_a_failure_after_three_seconds():
    bench = confirmed([UNNOTICED])
    bench.until(4)
    began = bench.clock.now()
    bench.until(0)
    assert bench.clock.now() - began == 3000
    assert bench.codes(5000) == [10701, 10702, 10702, 10703]


def test_a_damaged_body_of_no_bytes_is_none():
    bench = confirmed([CORRUPT], flash_free=0)
    assert bench.events(5000)[-1] == '10703,"STM32",2500,0,0'
