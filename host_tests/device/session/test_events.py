from binascii import unhexlify

from qsota.resident.at_parser import Parser
from qsota.session import events
from qsota.session.events import first_text, parse, split_fields

MD5 = b"95cbdeb4faeda4322ad9b65eb731ed2b"
SHA256 = b"2bb534d576fb307f049a149787afab2382ebb8605467acfc2c05a2e67677e094"
START = b'+QIOTEVT: 7,10701,"STM32",27954,"' + MD5 + b'",4022793929'


def test_a_plan():
    plan = parse(b'+QIOTEVT: 7,10700,"STM32","","2_0_0",30,-113,27954')
    assert plan == events.Plan(7, 10700, "STM32", "", "2_0_0", 30, -113, 27954)
    assert plan.signal == -113 and plan.source == ""


def test_a_plan_without_a_strategy_is_malformed():
    assert parse(b'+QIOTEVT: 7,10700,"STM32","","2_0_0"') is None


def test_a_plan_with_numbers_for_names_is_malformed():
    assert parse(b"+QIOTEVT: 7,10700,1,2,3,30,-113,27954") is None


def test_the_start_of_a_download_with_all_digests():
    start = parse(START + b',"' + SHA256 + b'"')
    assert start.component == "STM32" and start.length == 27954
    assert start.md5 == unhexlify(MD5) and start.sha256 == unhexlify(SHA256)
    assert start.crc == 4022793929


def test_the_sha256_may_be_absent():
    assert parse(START).sha256 is None


def test_something_else_in_the_place_of_the_sha256_is_tolerated():
    assert parse(START + b',"https://example.com/file"').sha256 is None
    assert parse(START + b',"' + b"z" * 64 + b'"').sha256 is None
    assert parse(START + b",12").sha256 is None


def test_more_fields_after_the_sha256_are_tolerated():
    start = parse(START + b',"' + SHA256 + b'","https://example.com/file",1')
    assert start.sha256 == unhexlify(SHA256)


def test_a_strange_crc_is_no_crc():
    assert parse(START.replace(b"4022793929", b'"EFC6F6C9"')).crc is None


def test_a_download_without_a_whole_md5_is_malformed():
    for md5 in (MD5[:-1], MD5 + b"0", b"z" * 32, b""):
        assert parse(START.replace(MD5, md5)) is None


def test_a_download_without_length_or_crc_is_malformed():
    assert parse(START.replace(b"27954", b"-1")) is None
    assert parse(START.replace(b"27954", b'"x"')) is None
    assert parse(START.replace(b",4022793929", b"")) is None


def test_a_block():
    block = parse(b'+QIOTEVT: 7,10703,"STM32",27954,1500,1000')
    assert block == events.Block(7, 10703, "STM32", 27954, 1500, 1000)


def test_a_malformed_block():
    for fields in (b'"STM32",27954,0', b'"STM32",27954,-1,5', b'"STM32","x",0,1', b"5,1,2,3"):
        assert parse(b"+QIOTEVT: 7,10703," + fields) is None


def test_the_forms_for_the_modules_own_firmware_have_no_fields():
    assert parse(b"+QIOTEVT: 7,10701") == (7, 10701, "", 0, None, None, None)
    assert parse(b"+QIOTEVT: 7,10703") == (7, 10703, "", 0, 0, 0)


def test_other_events_are_generic():
    assert parse(b"+QIOTEVT: 7,10704") == events.Event(7, 10704, [])
    assert parse(b"+QIOTEVT: 3,10200") == events.Event(3, 10200, [])
    assert parse(b'+QIOTEVT: 5,10211,7,"a"') == events.Event(5, 10211, [7, "a"])


def test_b11_the_blank_after_the_colon_is_optional():
    assert parse(b"+QIOTEVT:7,10702") == parse(b" +QIOTEVT:  7, 10702 ") == (7, 10702, [])


def test_an_event_of_a_sub_device_is_none_of_ours():
    assert parse(b'+QIOTSUBEVT: "pk1","dk1",7,10700,"a"') is None


def test_what_is_no_event():
    for line in (b"", b"OK", b"+QIOTEVT", b"+QIOTEVT:", b"+QIOTEVT: 7", b"+QIOTEVT: x,1", b"\xff"):
        assert parse(line) is None
    assert parse(b'+QIOTEVT: 7,10704,"\xff\xfe"') is None


def test_b8_commas_and_quotes_inside_quotes_belong_to_the_string():
    assert split_fields(b'1,"a,b",2') == [1, "a,b", 2]
    assert split_fields(b'"a"b","c"') == ['a"b', "c"]
    assert split_fields(b'"",""') == ["", ""]


def test_a_string_that_does_not_end_is_malformed():
    for text in (b'"', b'"a', b'1,"a', b'",', b'"a",b,"'):
        assert split_fields(text) is None


def test_integers_have_a_sign_and_at_most_ten_digits():
    assert split_fields(b"0,-113,4294967295") == [0, -113, 4294967295]
    assert split_fields(b"12345678901,-,--1,+1") == ["12345678901", "-", "--1", "+1"]


def test_empty_fields_stay():
    assert split_fields(b"") == [""]
    assert split_fields(b"1,,2,") == [1, "", 2, ""]


def test_fields_after_the_twelfth_are_left_out():
    assert split_fields(b"1," * 11 + b"1") == [1] * 12
    assert split_fields(b"1," * 40 + b"1") == [1] * 12


def test_a_string_that_was_cut_with_its_line_is_left_out():
    assert split_fields(b'7,10701,"' + b"a" * 640) == [7, 10701]


def test_a_download_with_a_url_of_any_length_keeps_its_digests():
    for length in (100, 400, 640, 3000):
        url = b"https://example.com/" + b"u" * length
        lines = []
        parser = Parser(lines.append, 640)
        said = START + b',"' + SHA256 + b'","' + url + b'"\r\n'
        parser.feed(said, len(said))
        event = parse(lines[0])
        assert event.md5 == unhexlify(MD5) and event.sha256 == unhexlify(SHA256), length


def test_of_a_malformed_line_the_first_text_may_still_tell_the_component():
    assert first_text(b'+QIOTEVT: 7,1 701,"MCU",0,"2e05') == "MCU"
    for line in (b"", b"+QIOTEVT: 7", b'+QIOTEVT: 7,"MCU', b'+QIOTEVT: 7,"\xff",1'):
        assert first_text(line) == ""
