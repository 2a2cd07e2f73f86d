"""The module's transition table, row by row: each row becomes a test of its own."""

import sys

from module_bench import IMAGE, SOON, at, component, in_state
from qsota_tools.center.plan import MODULE
from qsota_tools.module.download import DROP, SILENT, STATUS

MINUTES = 60000

_this = sys.modules[__name__]


def plan(**more):
    return lambda bench: bench.ota.plan([component(**more)])


def plans(count):
    return lambda bench: bench.ota.plan([component()] * count)


def url(name=None, value=None):
    """The URL message, with one field spoilt."""

    def trigger(bench):
        firmware = bench.serve(component())
        if name:
            setattr(firmware, name, value)
        bench.ota.firmware(firmware)

    return trigger


def module_url(data=IMAGE, md5=None):
    def trigger(bench):
        firmware = bench.serve(component("MODULE", data=data, kind=MODULE))
        firmware.md5 = md5 or firmware.md5
        bench.ota.firmware(firmware)

    return trigger


def faulty(fault, then):
    """A request that the file server does not serve well."""

    def trigger(bench):
        bench.cloud.storage.faults[:] = [fault]
        then(bench)

    return trigger


def after_failures(count, then):
    def trigger(bench):
        for _ in range(count):
            bench.ota.download_failed()
        bench.take()
        bench.cloud.log[:] = []
        then(bench)

    return trigger


def lost(bench):
    bench.ota.download_failed()


def nothing(bench):
    pass


def row(state, trigger, to, codes=(), reports=(), wait=SOON, blocks=1, plans=1, sha256=0):
    """In state, after trigger and wait ms: the state to, these OTA events, these reports."""

    def test():
        bench = in_state(state, blocks, plans)
        bench.ota.sha256_mode = sha256
        trigger(bench)
        events = bench.codes(wait)
        assert bench.module.state == to, bench.module.state
        assert events == list(codes), events
        assert bench.reports() == list(reports), bench.reports()

    return test


ROWS = {
    # Plan notify
    "0_plan": row(0, plan(), 1, [10700], [1]),
    "0_plan_is_told_before_state_1": row(0, plan(), 0, [10700], [], wait=29),
    "1_plan_again": row(1, plan(), 1, [10700], [1]),
    "0_plan_with_target_of_64": row(0, plan(target="v" * 64), 1, [10700], [1]),
    "0_plan_with_target_of_65": row(0, plan(target="v" * 65), 1, [], [1]),
    "1_plan_with_component_of_33": row(1, plan(name="n" * 33), 1, [10700], [1]),
    "0_20_plans": row(0, plans(20), 1, [10700] * 20, [1]),
    "0_21_plans": row(0, plans(21), 0),
    "1_21_plans": row(1, plans(21), 1),
    "2_plan": row(2, plan(), 2),
    "4_plan": row(4, plan(), 4),
    "5_plan": row(5, plan(), 5),
    "8_plan": row(8, plan(), 8),
    "9_plan": row(9, plan(), 9),
    # Answers to the plan
    "1_for_ever": row(1, nothing, 1, wait=60 * MINUTES),
    "1_refused": row(1, at("QIOTUPDATE=0"), 0, [], [3]),
    "1_confirmed": row(1, at("QIOTUPDATE=1"), 2, [], [2]),
    # URL message
    "0_url": row(0, url(), 4, [10701], [4]),
    "2_url": row(2, url(), 4, [10701], [4]),
    "1_url": row(1, url(), 1),
    "4_url": row(4, url(), 4),
    "5_url": row(5, url(), 5),
    "8_url": row(8, url(), 8),
    "9_url": row(9, url(), 9),
    "2_url_without_md5": row(2, url("md5", ""), 0, [10706], [12]),
    "2_url_with_md5_of_31": row(2, url("md5", "0" * 31), 0, [10706], [12]),
    "2_url_without_crc": row(2, url("crc"), 0, [10706], [12]),
    "2_url_without_url": row(2, url("url", ""), 0, [10706], [12]),
    "2_url_without_component": row(2, url("component"), 0, [10706], [12]),
    "2_url_with_component_of_33": row(2, url("component", "n" * 33), 0, [10706], [12]),
    "2_url_without_target": row(2, url("target", ""), 0, [10706], [12]),
    "2_url_with_target_of_65": row(2, url("target", "v" * 65), 0, [10706], [12]),
    "2_url_without_size": row(2, url("size"), 0, [10706], [12]),
    "2_url_without_type": row(2, url("kind"), 0, [10706], [12]),
    "0_url_without_md5": row(0, url("md5", ""), 0, [10706], [12]),
    "2_url_without_sha256_in_mode_1": row(2, url("sha256", ""), 0, [10706], [12], sha256=1),
    "2_url_without_sha256_in_mode_0": row(2, url("sha256", ""), 4, [10701], [4]),
    "2_module_larger_than_flash": row(2, module_url(IMAGE + b"!"), 0, [10706], [12]),
    "2_29999_ms_without_url": row(2, nothing, 2, wait=29999),
    "2_30_s_without_url": row(2, nothing, 0, [10706], [12], wait=30000),
    # Download
    "4_header": row(4, nothing, 5, [10702], [5], wait=4990),
    "4_http_status": row(2, faulty(STATUS, url()), 0, [10701], [4, 6], wait=200),
    "4_4999_ms_without_header": row(2, faulty(SILENT, url()), 4, [10701], [4], wait=4999),
    "4_5_s_without_header": row(2, faulty(SILENT, url()), 0, [10701], [4, 6], wait=5000),
    "5_4999_ms": row(5, nothing, 5, wait=4999),
    "5_tick": row(5, nothing, 5, [10702], [5], wait=5000),
    "5_slow_for_an_hour": row(5, nothing, 5, [10702] * 720, [5] * 720, wait=60 * MINUTES),
    "5_connection_lost": row(5, lost, 0, [], [6]),
    "5_connection_lost_half_way": row(
        2, faulty(DROP, url()), 0, [10701, 10702], [4, 5, 6], wait=300
    ),
    "5_body_complete": row(2, url(), 8, [10701, 10702, 10703], [4, 5, 8], wait=300),
    "5_module_body_complete": row(
        2, module_url(), 9, [10701, 10702, 10703, 10704], [4, 5, 8, 9], wait=300
    ),
    "5_module_body_with_bad_md5": row(
        2, module_url(md5="0" * 32), 0, [10701, 10702], [4, 5, 8, 6], wait=300
    ),
    "6_fifth_failure": row(5, after_failures(4, lost), 0, [], [6]),
    "6_sixth_failure": row(5, after_failures(5, lost), 0, [10706], [12]),
    "4_later_start_is_told_by_10702": row(5, after_failures(1, url()), 4, [10702], [4]),
    # Block
    "8_read": row(8, lambda bench: bench.send("AT+QIOTOTARD=0,1"), 8),
    "8_next_block": row(8, at("QIOTUPDATE=2"), 4, [10702], [4], blocks=2),
    "8_all_read": row(8, at("QIOTUPDATE=3"), 9, [10704], [9]),
    "8_59999_ms_without_read": row(8, nothing, 8, wait=59999),
    "8_60_s_without_read": row(8, nothing, 0, [10706], [12], wait=60000),
    # Updating
    "9_19_min_59999_ms": row(9, nothing, 9, wait=20 * MINUTES - 1),
    "9_20_min": row(9, nothing, 0, [10706], [12], wait=20 * MINUTES),
}

# Every open state: the version is the verdict.
for _state in (4, 5, 8, 9):
    _abort = [6] if _state in (4, 5) else []  # the cut connection, told after the verdict
    for _name, _version, _code, _status in (
        ("target", "2_0_0", 10705, 11),
        ("other_version", "1_0_0", 10706, 12),
        ("deleted_version", "", 10706, 12),
        ("version_in_other_case", "2_0_0A", 10706, 12),
    ):
        ROWS["%d_%s" % (_state, _name)] = row(
            _state,
            at('QIOTMCUVER="STM32","%s"' % _version),
            0,
            [_code],
            [_status] + _abort,
            wait=2 * SOON,
        )
    ROWS["%d_version_of_another_component" % _state] = row(
        _state, at('QIOTMCUVER="OTHER","2_0_0"'), _state
    )
for _state in (0, 1):
    ROWS["%d_version" % _state] = row(_state, at('QIOTMCUVER="STM32","1_0_0"'), _state)

# In state 2 the target is that of the plan before.
ROWS["2_version_against_a_stale_target"] = row(
    2, at('QIOTMCUVER="STM32","2_0_0"'), 0, [10706], [12]
)

for _name in ROWS:
    setattr(_this, "test_row_" + _name, ROWS[_name])
