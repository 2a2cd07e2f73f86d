"""The two reference sequences, line by line."""

from module_bench import BLOCK, IMAGE, Bench, component
from qsota_tools.center.plan import Component, Plan

SEED = bytes([(i * i + 13 * i) & 0xFF for i in range(27954)])


def read_all(bench, start, size, chunk=1024):
    data = b""
    while len(data) < size:
        bench.take()
        bench.send("AT+QIOTOTARD=%d,%d" % (start + len(data), chunk))
        header, _, rest = bench.take()[2:].partition(b"\r\n")
        at, count = [int(n) for n in header[len("+QIOTOTARD: ") :].split(b",")]
        assert at == start + len(data) and rest[count:] == b"\r\n\r\nOK\r\n"
        data += rest[:count]
    return data


def test_a_file_in_two_blocks():
    bench = Bench([Plan([component()])], flash_free=BLOCK)
    f = component().firmware
    assert bench.at("AT+QIOTOTAREQ=1") == ["OK"]
    assert bench.events(1000) == ['10700,"STM32","","2_0_0",30,-113,2500']
    assert bench.at("AT+QIOTUPDATE=1") == ["OK"]
    assert bench.events(2000) == [
        '10701,"STM32",2500,"%s",%d,"%s"' % (f.md5, f.crc, f.sha256),
        "10702",
        '10703,"STM32",2500,0,1500',
    ]
    data = read_all(bench, 0, 1500)
    assert bench.at("AT+QIOTUPDATE=2") == ["OK"]
    assert bench.events(2000) == ["10702", "10702", '10703,"STM32",2500,1500,1000']
    assert data + read_all(bench, 1500, 1000) == IMAGE
    assert bench.at("AT+QIOTUPDATE=3") == ["OK"]
    assert bench.events() == ["10704"]
    assert bench.at('AT+QIOTMCUVER="STM32","2_0_0"') == ["OK"]
    assert bench.events() == ["10705"]


def test_the_seed_document():
    item = Component("STM32", "2_0_0", SEED)
    bench = Bench([Plan([item])], online=False, echo=True, qind=True)
    f = item.firmware
    assert bench.at("AT+QIOTREG=1") == ["AT+QIOTREG=1\r", "OK"]
    bench.wait(1000)
    assert bench.lines() == ["+QIOTEVT: 2,10200", "+QIOTEVT: 3,10200"]
    bench.at("ATE0")
    assert bench.at('AT+QIOTMCUVER="STM32","1_0_0"') == ["OK"]
    assert bench.at("AT+QIOTOTAREQ=1") == ["OK"]
    assert bench.events(1000) == ['10700,"STM32","","2_0_0",30,-113,27954']
    assert bench.at("AT+QIOTUPDATE=1") == ["OK"]
    assert bench.events(2000) == [
        '10701,"STM32",27954,"%s",%d,"%s"' % (f.md5, f.crc, f.sha256),
        "10702",
        '10703,"STM32",27954,0,27954',
    ]
    assert read_all(bench, 0, 27954) == SEED
    bench.send("AT+QIOTOTARD=27649,1024")
    assert bench.take().startswith(b"\r\n+QIOTOTARD: 27649,305\r\n" + SEED[27649:])
    assert bench.at("AT+QIOTUPDATE=3") == ["OK"]
    assert bench.events() == ["10704"]
    assert bench.at('AT+QIOTMCUVER="STM32","2_0_0"') == ["OK"]
    bench.wait(100)
    assert bench.lines() == ['+QIND: "FOTA","END",0', "+QIOTEVT: 7,10705"]
