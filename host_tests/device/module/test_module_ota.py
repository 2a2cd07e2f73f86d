from module_bench import BLOCK, IMAGE, SOON, component, in_state
from qsota_tools.module.download import CORRUPT, DROP, STALL, WHOLE


def read(bench, start, length):
    """(start, data) of a read, None for ERROR."""
    bench.take()
    bench.send("AT+QIOTOTARD=%d,%d" % (start, length))
    answer = bench.take()
    if answer == b"\r\nERROR\r\n":
        return None
    header, _, rest = answer[2:].partition(b"\r\n")
    at, count = [int(n) for n in header[12:].split(b",")]
    assert rest[count:] == b"\r\n\r\nOK\r\n"
    return at, rest[:count]


# Events


def test_the_plan_event_has_the_fields_of_the_component():
    bench = in_state(0)
    bench.ota.plan([component(source="1_0_0", battery=50, signal=-90, space=0)])
    assert bench.events() == ['10700,"STM32","1_0_0","2_0_0",50,-90,0']


def test_the_space_of_a_plan_is_the_size_of_its_package_by_default():
    bench = in_state(0)
    bench.ota.plan([component()])
    assert bench.events() == ['10700,"STM32","","2_0_0",30,-113,2500']


def test_the_start_event_has_the_sha256_only_in_mode_1():
    firmware = component().firmware
    start = '10701,"STM32",2500,"%s",%d' % (firmware.md5, firmware.crc)
    for mode, text in ((0, start), (1, '%s,"%s"' % (start, firmware.sha256))):
        bench = in_state(2)
        bench.ota.sha256_mode = mode
        bench.ota.firmware(firmware)
        assert bench.events()[0] == text


def test_the_start_event_of_a_newer_module_has_the_url_too():
    bench = in_state(2, url_field=True)
    bench.ota.firmware(component().firmware)
    assert bench.events()[0].endswith(',"http://ota.example/STM32/2_0_0"')


def test_the_block_event_names_the_file_and_the_block():
    bench = in_state(4, blocks=2)
    assert bench.events(10000)[-1] == '10703,"STM32",2500,0,1500'
    bench.send("AT+QIOTUPDATE=2")
    assert bench.events(10000)[-1] == '10703,"STM32",2500,1500,1000'


def test_the_qind_line_comes_before_success_only():
    for version, lines in (("2_0_0", ['+QIND: "FOTA","END",0', "+QIOTEVT: 7,10705"]), ("1", None)):
        bench = in_state(9, qind=True)
        bench.at('AT+QIOTMCUVER="STM32","%s"' % version)
        bench.wait(SOON)
        assert bench.lines() == (lines or ["+QIOTEVT: 7,10706"])


# Reads


def test_reads_are_clipped_at_the_end_of_the_file():
    bench = in_state(8)
    assert read(bench, 0, 1024) == (0, IMAGE[:1024])
    assert read(bench, 2048, 1024) == (2048, IMAGE[2048:])
    assert read(bench, 2499, 1024) == (2499, IMAGE[-1:])
    assert read(bench, 2500, 1) is None


def test_reads_are_clipped_at_the_end_of_the_block():
    bench = in_state(8, blocks=2)
    assert read(bench, 1024, 1024) == (1024, IMAGE[1024:BLOCK])
    assert read(bench, BLOCK, 1) is None


def test_reads_go_back_and_forth_inside_the_block():
    bench = in_state(8)
    for start in (2000, 0, 2000, 1, 1):
        assert read(bench, start, 10) == (start, IMAGE[start : start + 10])


def test_reads_outside_the_second_block_are_refused():
    bench = in_state(8, blocks=2)
    bench.send("AT+QIOTUPDATE=2")
    bench.until(4)
    bench.until(8)
    assert read(bench, BLOCK - 1, 10) is None
    assert read(bench, BLOCK, 1024) == (BLOCK, IMAGE[BLOCK:])


def test_read_arguments_are_plain_decimal():
    bench = in_state(8)
    for text in ("0", "0,0", "0, 1024", "00,1024", '"0",1024', "0,1024,1", "-1,5", ""):
        assert bench.at("AT+QIOTOTARD=" + text) == ["ERROR"], text


def test_a_read_beyond_the_limit_is_clipped_or_refused():
    assert read(in_state(8, read_limit=512), 0, 513) == (0, IMAGE[:512])
    assert read(in_state(8, read_limit=512, overlong="error"), 0, 513) is None
    assert read(in_state(8, read_limit=512, overlong="error"), 0, 512) == (0, IMAGE[:512])


def test_each_valid_read_starts_the_minute_again():
    bench = in_state(8)
    for _ in range(5):
        bench.wait(59000)
        assert read(bench, 0, 1)
    bench.wait(59000)
    assert read(bench, 9999, 1) is None  # this one does not count
    assert bench.codes(1000) == [10706]


def test_wrong_data_from_the_server_is_not_noticed():
    bench = in_state(2)
    bench.cloud.storage.faults.append(CORRUPT)
    bench.ota.firmware(bench.serve(component()))
    bench.until(8)
    data = read(bench, 0, 1024)[1] + read(bench, 1024, 1024)[1] + read(bench, 2048, 1024)[1]
    assert [i for i in range(2500) if data[i] != IMAGE[i]] == [1250]


def test_a_server_that_ignores_range_shifts_the_second_block():
    bench = in_state(8, blocks=2)
    bench.cloud.storage.faults.append(WHOLE)
    bench.send("AT+QIOTUPDATE=2")
    bench.until(4)
    bench.until(8)
    assert read(bench, BLOCK, 16) == (BLOCK, IMAGE[:16])


def test_a_file_that_is_gone_from_the_server_is_a_failed_download():
    bench = in_state(2)
    bench.ota.firmware(component("STM32", "9_9_9").firmware)
    assert bench.codes(1000) == [10701]
    assert bench.reports() == [4, 6]


def test_a_read_beyond_what_was_received_is_refused():
    bench = in_state(2)
    firmware = bench.serve(component())
    bench.cloud.storage.files[firmware.url] = IMAGE[:100]
    bench.ota.firmware(firmware)
    bench.until(8)
    assert read(bench, 90, 1024) == (90, IMAGE[90:100])
    assert read(bench, 100, 1) is None


def test_a_block_that_is_too_short_shows_what_was_there_before():
    bench = in_state(8, blocks=2)
    bench.cloud.storage.files[component().url] = IMAGE[: BLOCK + 100]
    bench.send("AT+QIOTUPDATE=2")
    bench.until(4)
    bench.until(8)
    assert read(bench, BLOCK + 90, 20)[1] == IMAGE[BLOCK + 90 : BLOCK + 100] + IMAGE[100:110]


def test_a_failed_download_erases_the_file():
    bench = in_state(8)
    bench.ota.download_failed()
    bench.cloud.storage.files[component().url] = IMAGE[:100]
    bench.ota.firmware(component().firmware)
    bench.until(8)
    assert read(bench, 90, 20) == (90, IMAGE[90:100])


def test_a_connection_is_lost_or_stalls_half_way():
    for fault in (DROP, STALL):
        bench = in_state(2)
        seen = []
        bench.cloud.on_event = lambda kind, fields, seen=seen: seen.append((kind, fields))
        bench.cloud.storage.faults.append(fault)
        bench.ota.firmware(bench.serve(component()))
        bench.wait(4000)
        received = [fields["received"] for kind, fields in seen if kind == "download"]
        assert received == list(range(250, 1251, 250))


def test_asking_twice_for_the_next_block_skips_one():
    bench = in_state(2)
    bench.module.options.flash_free = 1000
    bench.ota.firmware(bench.serve(component()))
    bench.until(8)
    assert bench.at("AT+QIOTUPDATE=2") == ["OK"]
    assert bench.at("AT+QIOTUPDATE=2") == ["OK"]
    assert bench.events(5000)[-1] == '10703,"STM32",2500,2000,500'


def test_a_read_before_the_next_block_is_there_gets_old_data():
    bench = in_state(8, blocks=2)
    bench.send("AT+QIOTUPDATE=2")
    assert read(bench, BLOCK, 8) == (BLOCK, IMAGE[:8])


def test_a_next_block_after_the_last_minute_does_not_revive_the_upgrade():
    bench = in_state(8, blocks=2)
    bench.wait(59990)
    bench.send("AT+QIOTUPDATE=2")
    assert bench.codes(5000) == [10706]
    assert bench.module.state == 0
