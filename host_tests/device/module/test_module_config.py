from module_bench import Bench


def offline(**options):
    return Bench(online=False, **options)


def query(bench, item):
    return bench.at('AT+QIOTCFG="%s"' % item)


def test_every_item_is_listed_with_its_range():
    lines = offline().at("AT+QIOTCFG=?")
    assert len(lines) == 10
    assert '+QIOTCFG: "lifetime",(1-65535)' in lines


def test_defaults():
    bench = offline()
    for item, values in (
        ("server", '1,"mqtt://iot-south.quectelcn.com:1883"'),
        ("lifetime", "120"),
        ("buffer", "0"),
        ("act", "1"),
        ("session_mode", "0"),
        ("tsl", "0"),
        ("txid_mode", "0"),
    ):
        assert query(bench, item) == ['+QIOTCFG: "%s",%s' % (item, values), "OK"]


def test_values_that_were_never_set_cannot_be_queried():
    bench = offline(product=None)
    assert query(bench, "productinfo") == ["ERROR"]
    assert query(bench, "dk_ds") == ["ERROR"]
    assert query(bench, "nosuch") == ["ERROR"]


def test_what_was_set_is_shown():
    bench = offline()
    for item, values in (
        ("server", '1,"mqtts://iot-south.acceleronix.io:8883"'),
        ("lifetime", "65535"),
        ("buffer", "1"),
        ("act", "15"),
        ("session_mode", "1"),
        ("tsl", "1"),
        ("dk_ds", '"dev1","secret"'),
        ("txid_mode", "1"),
    ):
        assert bench.at('AT+QIOTCFG="%s",%s' % (item, values)) == ["OK"], item
        assert query(bench, item) == ['+QIOTCFG: "%s",%s' % (item, values), "OK"]


def test_values_out_of_range_are_refused():
    bench = offline()
    for text in (
        '"productinfo","pk"',
        '"productinfo",1,2',
        '"server",0,"coap://x:1"',
        '"server",1,""',
        '"server",1,"%s"' % ("x" * 64),
        '"lifetime",0',
        '"lifetime",65536',
        '"buffer",2',
        '"act",16',
        '"dk_ds","abc"',
        '"dk_ds","%s"' % ("d" * 17),
        '"dk_ds","dev1","%s"' % ("s" * 33),
        '"dk_ds","860000000000001"',
        '"nosuch",1',
        "lifetime,1",
    ):
        assert bench.at("AT+QIOTCFG=" + text) == ["ERROR"], text


def test_a_set_needs_a_module_that_is_not_registered():
    bench = Bench()
    assert bench.at('AT+QIOTCFG="buffer",1') == ["ERROR"]
    assert query(bench, "buffer") == ['+QIOTCFG: "buffer",0', "OK"]
    bench.at("AT+QIOTREG=0")
    assert bench.at('AT+QIOTCFG="buffer",1') == ["OK"]


def test_product_information_that_is_too_long_is_accepted_but_not_saved():
    bench = offline(product=("pk", "ps"))
    assert bench.at('AT+QIOTCFG="productinfo","%s","ps"' % ("p" * 33)) == ["OK"]
    assert query(bench, "productinfo") == ['+QIOTCFG: "productinfo","pk","ps","1"', "OK"]


def test_d13_one_half_of_the_product_information_may_be_saved_alone():
    bench = offline(product=("pk", "ps"))
    bench.at('AT+QIOTCFG="productinfo","%s","new"' % ("p" * 33))
    assert query(bench, "productinfo") == ['+QIOTCFG: "productinfo","pk","new","1"', "OK"]


def test_an_empty_device_key_restores_the_default():
    bench = offline()
    bench.at('AT+QIOTCFG="dk_ds","dev1"')
    assert query(bench, "dk_ds") == ['+QIOTCFG: "dk_ds","dev1",""', "OK"]
    assert bench.at('AT+QIOTCFG="dk_ds",""') == ["OK"]
    assert query(bench, "dk_ds") == ["ERROR"]


def test_new_product_information_means_a_new_authentication():
    bench = offline(known=True)
    bench.at('AT+QIOTCFG="productinfo","pk","ps"')
    bench.at("AT+QIOTREG=1")
    bench.wait(1000)
    assert bench.lines() == ["+QIOTEVT: 1,10200", "+QIOTEVT: 2,10200", "+QIOTEVT: 3,10200"]
