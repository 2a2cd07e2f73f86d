"""How an upgrade ends, whatever happens: with a verdict, after a bounded number of tries."""

import asyncio

from components import Display
from qsota.boot.record_data import GOOD, REPORT_NEW, TRIAL
from qsota.resident import phases
from qsota.resident.at_client import AtClient
from qsota.update import package
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.states import DOWNLOADSUCCESS, NOPLAN
from qsota_tools.proof.lab.apps import crashing_app, good_app
from qsota_tools.proof.lab.edges import Reset
from qsota_tools.proof.lab.faults import change_urc, lose_answer, lose_command, once, refuse
from qsota_tools.proof.lab.packages import image, make, stored
from qsota_tools.proof.lab.rig import Rig
from util import with_loaded
from words import component, plan

MINUTE = 60000
HOUR = 60 * MINUTE
DOWNLOADS = "AT+QIOTUPDATE=1"


# --- without memory


def without_memory(times):
    """A rig with a compressed package for whose window there is no memory so many times."""
    tries = []

    def starved(real):
        def inflater(*args):
            tries.append(1)
            if len(tries) <= times:
                raise MemoryError("memory allocation failed, allocating 32768 bytes")
            return real(*args)

        return inflater

    data = image("2_0_0", 5000)
    rig = Rig([Plan([Component("MCU", "2_0_0", make(package.DEFLATE, data, stored(data)))])])
    assert with_loaded("qsota.update.decoder Inflater", starved, rig.run, Rig.settled, HOUR)
    return rig


def test_memory_that_was_missing_once_costs_one_more_try():
    rig = without_memory(1)
    assert rig.cloud.verdicts == [10705]


def test_a_package_that_decodes_to_another_image_is_read_twice_and_refused():
    data = image("2_0_0", 5000)
    other = data[:-1] + bytes([data[-1] ^ 1])
    bad = make(package.DEFLATE, data, stored(other))
    rig = Rig([Plan([Component("MCU", "2_0_0", bad)]), plan("3_0_0")])
    assert rig.run(lambda rig: len(rig.cloud.verdicts) == 2 and rig.settled(), HOUR)
    assert rig.cloud.verdicts == [10706, 10705] and rig.boots == ["1_0_0", "3_0_0"]
    assert len(rig.sent("AT+QIOTOTARD=0,384")) == 3


def with_no_memory_to_begin(times):
    """A rig with two plans; so many times there is no memory to begin an update."""
    rig, run, left = Rig([plan("2_0_0"), plan("3_0_0")]), phases.run, [times]

    def starved(name, *args):
        if name == "qsota.update.download" and left[0]:
            left[0] -= 1
            raise MemoryError
        return run(name, *args)

    phases.run = starved
    try:
        assert rig.run(Rig.settled)
    finally:
        phases.run = run
    return rig


def test_memory_that_was_missing_once_for_an_answer_costs_no_byte_again():
    rig, read, left = Rig([plan("2_0_0", 9000)]), AtClient.read, [1]

    def starved(at, line, *args):
        if left[0] and line.startswith("AT+QIOTOTARD=5120,"):
            left[0] -= 1
            raise MemoryError
        return read(at, line, *args)

    AtClient.read = starved
    try:
        assert rig.run(Rig.settled)
    finally:
        AtClient.read = read
    assert rig.cloud.verdicts == [10705] and left == [0]
    assert len(rig.sent("AT+QIOTOTARD=0,384")) == 1


def test_an_update_for_which_there_is_no_memory_is_begun_once_more():
    assert with_no_memory_to_begin(1).cloud.verdicts == [10705, 10705]


def test_an_update_for_which_there_is_no_memory_twice_fails_with_that_reason():
    rig = with_no_memory_to_begin(2)
    assert rig.cloud.verdicts == [10706, 10705] and rig.running == "3_0_0"
    assert len(rig.sent("AT+QIOTREG?")) == 2


def test_memory_that_is_always_missing_ends_the_upgrade_with_that_reason():
    rig = without_memory(1000)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "no-memory"
    assert len(rig.sent("ATE0")) == 1, "more than one session"


# --- resets


def test_an_upgrade_that_resets_the_mcu_again_and_again_ends():
    data = image("2_0_0", 20000)
    rig = Rig([Plan([Component("MCU", "2_0_0", make(package.DEFLATE, data, stored(data)))])])
    real = rig.board.slot

    class Area:
        def __init__(self, area):
            self._area = area

        def __getattr__(self, name):
            return getattr(self._area, name)

        def erase(self, at):
            if at >= 8192:
                raise Reset()
            self._area.erase(at)

    rig.board.slot = lambda index: Area(real(index)) if index else real(index)
    assert rig.run(Rig.settled, HOUR)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "too-many-restarts"
    assert len(rig.boots) < 30


def test_a_first_erase_that_resets_the_mcu_ends_the_upgrade_too():
    rig = Rig([plan("2_0_0", 5000)])
    real = rig.board.slot

    def slot(index):
        if index:
            raise Reset()
        return real(index)

    rig.board.slot = slot
    assert rig.run(lambda rig: rig.cloud.verdicts, 2 * HOUR)
    assert rig.cloud.verdicts == [10706]
    assert len(rig.boots) < 30


def test_resets_between_which_the_download_goes_on_cost_no_upgrade():
    async def app(rig, device):
        count = len(rig.sent("AT+QIOTOTARD="))
        while len(rig.sent("AT+QIOTOTARD=")) < count + 12:
            await asyncio.sleep_ms(5)
        raise Reset()

    rig = Rig([plan("2_0_0", 35000)])
    rig.apps["1_0_0"] = app
    assert rig.run(Rig.settled, HOUR)
    assert rig.cloud.verdicts == [10705] and rig.boots.count("1_0_0") > 5


# --- a digit that changed on the wire


def test_a_damaged_digest_costs_no_upgrade_also_when_the_right_one_comes_later():
    for name in ("md5", "sha256"):
        rig = Rig([plan("2_0_0", 20000)])
        right = getattr(rig.cloud.plan.components[0].firmware, name)
        wrong = ("1" if right[0] == "0" else "0") + right[1:]
        change_urc(rig, right.encode(), wrong.encode())
        rig.clock.after(3500, rig.module.reboot)  # it says 10701 again
        assert rig.run(Rig.settled, MINUTE)
        assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTOTARD=0,384")) == 1, name


# --- plans that fail again and again


def test_a_plan_whose_trial_always_crashes_is_downloaded_once_an_hour_in_the_end():
    rig = Rig([plan("2_0_0") for _ in range(12)])
    rig.apps["2_0_0"] = crashing_app
    rig.run(lambda rig: False, 4 * HOUR)
    begun = [ms for ms, line in rig.commands if line == DOWNLOADS]
    assert len([ms for ms in begun if ms > HOUR + 10 * MINUTE]) <= 3
    assert 5 <= len(begun) <= 9 and rig.cloud.verdicts == [10706] * len(begun)


def test_another_plan_than_the_one_that_failed_is_taken_at_once():
    rig = Rig([plan("2_0_0") for _ in range(5)] + [plan("3_0_0")])
    rig.apps["2_0_0"] = crashing_app
    assert rig.run(lambda rig: rig.running == "3_0_0", 2 * HOUR)


# --- UPDATE=3 and the report


def test_an_update_3_that_got_lost_is_sent_again_in_the_trial_boot():
    async def slow_app(rig, device):
        for _ in range(200):
            device.feed()
            await asyncio.sleep_ms(1000)
        await good_app(rig, device)

    rig = Rig([plan("2_0_0")])
    rig.apps["2_0_0"] = slow_app
    for _ in range(3):
        lose_command(rig, "AT+QIOTUPDATE=3")
    assert rig.run(Rig.settled, 10 * MINUTE)
    # The 60 s of the module's read timer are over long before the confirmation.
    assert rig.cloud.verdicts == [10705] and rig.running == "2_0_0"


def test_an_update_3_that_was_answered_is_not_sent_again():
    rig = Rig([plan("2_0_0")])
    assert rig.run(Rig.settled) and len(rig.sent("AT+QIOTUPDATE=3")) == 1


def test_an_update_3_whose_answer_was_lost_is_sent_before_the_report():
    rig = Rig([plan("2_0_0")])
    for _ in range(3):
        lose_answer(rig, "AT+QIOTUPDATE=3")
    assert rig.run(Rig.settled)
    lines = [line for _, line in rig.commands]
    assert lines.index('AT+QIOTMCUVER="MCU","2_0_0"') > len(lines) - 1 - lines[::-1].index(
        "AT+QIOTUPDATE=3"
    )
    assert rig.cloud.verdicts == [10705] and rig.record.upgrade.told


def test_a_version_is_not_reported_without_a_reset_before_10704():
    display = Display()
    rig = Rig([Plan([Component("DISPLAY", "d2", b"d2pixels" * 500)])], event_ms=2000)
    rig.policy = {"targets": {"DISPLAY": display}}
    assert rig.run(Rig.settled)
    begun = [ms for ms, line in rig.urcs if "10704" in line][0]
    told = [ms for ms, line in rig.commands if line == 'AT+QIOTMCUVER="DISPLAY","d2"'][0]
    assert begun < told < begun + 1000 and rig.cloud.verdicts == [10705]


def test_a_lost_10704_delays_the_report_by_seconds_only():
    display = Display()
    rig = Rig([Plan([Component("DISPLAY", "d2", b"d2pixels" * 500)])])
    rig.uart.rx.filters.append(lambda data: b"" if b"10704" in data else data)
    rig.policy = {"targets": {"DISPLAY": display}}
    assert rig.run(Rig.settled, MINUTE) and rig.cloud.verdicts == [10705]


def test_a_plan_that_ends_while_10704_is_awaited_is_closed():
    display = Display()
    rig = Rig([Plan([Component("DISPLAY", "d2", b"d2pixels" * 500)])], event_ms=2000)
    rig.policy = {"targets": {"DISPLAY": display}}
    done = []

    def look(rig):
        if not done and rig.sent("AT+QIOTUPDATE=3"):
            done.append(1)
            rig.module.ota._enter(12)
        return done and rig.settled()

    assert rig.run(look, HOUR)
    assert rig.cloud.verdicts == [10706] and display.version == "d1"


def test_events_before_the_verdict_belong_to_the_plan_that_ended():
    rig = Rig([plan("2_0_0", board="OTHER")])
    said = []

    def look(rig):
        if not said and rig.sent('AT+QIOTMCUVER="MCU",')[1:]:
            said.append(1)
            rig.uart.receive(b"\r\n+QIOTEVT: 7,10702\r\n")
        return said and rig.settled()

    rig.look_ms = 1
    assert rig.run(look, MINUTE) and rig.cloud.verdicts == [10706]
    reads = len(rig.sent("AT+QIOTOTARD="))
    rig.run(lambda rig: False, 3 * MINUTE)
    # Of a new session alone.
    assert len(rig.sent("AT+QIOTOTARD=")) <= reads + 2


def test_an_update_3_that_is_refused_in_the_trial_too_is_given_up():
    rig = Rig([plan("2_0_0")])
    for _ in range(6):
        refuse(rig, "AT+QIOTUPDATE=3")
    assert rig.run(Rig.settled)
    assert len(rig.sent("AT+QIOTUPDATE=3")) == 6 and rig.cloud.verdicts == [10705]


def test_an_upload_that_is_refused_or_lost_is_no_reason_to_stop():
    for fault in (refuse, lose_command):
        rig = Rig([plan("2_0_0")])
        fault(rig, 'AT+QIOTINFO="up"')
        assert rig.run(Rig.settled, MINUTE) and rig.cloud.verdicts == [10705]
        rig = Rig([plan("1_0_0")])
        rig.cloud.upload = lambda versions: None  # the cloud works with an old version list
        assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=0"), MINUTE)


def test_an_upload_that_is_refused_does_not_keep_a_plan_from_its_answer():
    rig = Rig([plan("1_0_0")])
    rig.cloud.upload = lambda versions: None
    rig.module.versions.set("MCU", "1_0_0")  # nothing to upload at the start
    refuse(rig, 'AT+QIOTINFO="up"')
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=0"), MINUTE)


# --- after "no verdict"


def test_a_download_of_what_was_just_installed_is_answered_by_its_version():
    rig = Rig([plan("2_0_0", 20000)])
    assert rig.run(lambda rig: rig.record.report == REPORT_NEW)
    # The module restarts and forgets that it was updating.
    rig.module.ota.state = DOWNLOADSUCCESS
    rig.module.reboot()
    reads = len(rig.sent("AT+QIOTOTARD="))
    assert rig.run(Rig.settled, 5 * MINUTE)
    assert rig.cloud.verdicts == [10705]
    again = [line for line in rig.sent("AT+QIOTOTARD=")[reads:] if not line.endswith(",1")]
    assert again == [] and rig.boots.count("2_0_0") == 2


def test_a_download_that_begins_again_after_no_verdict_is_answered_by_the_version():
    rig = Rig([plan("2_0_0", 20000)])
    firmware = rig.cloud.plan.components[0].firmware
    steps = []

    def look(rig):
        if not steps and rig.record.report == REPORT_NEW:
            steps.append(rig.module.ota.state)
            rig.module.ota._enter(NOPLAN)  # it forgets without a word
            rig.module.ota._announced = False
        elif len(steps) == 1 and rig.running == "2_0_0" and not rig.record.report:
            steps.append(len(rig.sent("AT+QIOTOTARD=")))
            rig.module.ota.firmware(firmware)
        return len(steps) == 2 and rig.settled()

    assert rig.run(look, 5 * MINUTE)
    reads = rig.sent("AT+QIOTOTARD=")[steps[1] :]
    assert rig.cloud.verdicts == [10705] and not [line for line in reads if "0,1" not in line]
    assert rig.boots == ["1_0_0", "2_0_0"]


def test_an_installation_without_memory_is_tried_once_more():
    display, left = Display(), [1]
    install = display.install

    def starved():
        if left:
            left.pop()
            raise MemoryError
        install()

    display.install = starved
    rig = Rig([Plan([Component("DISPLAY", "d2", b"d2pixels" * 500)])])
    rig.policy = {"targets": {"DISPLAY": display}}
    assert rig.run(Rig.settled, 5 * MINUTE) and not left


# --- the application's own watchdog


def test_the_feed_of_the_application_does_not_replace_that_of_a_trial():
    fed = []
    rig = Rig([plan("2_0_0"), plan("3_0_0", 30000)])
    rig.erase_ms = 1500  # eight seconds without a feed reset the MCU
    rig.policy = {"feed": lambda: fed.append(1)}
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705, 10705] and rig.boots == ["1_0_0", "2_0_0", "3_0_0"]
    assert len(fed) > 20


# --- a module whose RESET is wired


def wired(rig):
    """RESET_N behind a transistor: high resets."""
    rig.board.config = dict(rig.board.config, module_pins={"reset": 5})

    def line(level):
        if level:
            rig.module.reboot()

    rig.board.pin = lambda name, value=None: line if name.endswith("reset") else None


def test_what_the_module_no_longer_has_is_had_again_by_a_reset_of_the_module():
    data = image("2_0_0", 20000)
    rig = Rig(
        [Plan([Component("MCU", "2_0_0", make(package.DEFLATE, data, stored(data)))])],
        flash_free=3000,
    )
    wired(rig)
    assert rig.run(lambda rig: rig.sent("AT+QIOTOTARD=6000,"), MINUTE)
    assert rig.run(Rig.settled, 5 * MINUTE)
    assert rig.cloud.verdicts == [10705] and rig.running == "2_0_0"


# --- confirm() and revert()


def failing_flash(rig, times):
    """Stores of the boot record fail so many times."""
    left = [times]
    start, size = rig.board.config["areas"]["state"]

    def refuse(kind, at, length):
        if left[0] and start <= at < start + size:
            left[0] -= 1
            raise OSError(5)
        rig._flash_op(kind, at, length)

    rig.flash.on_op = refuse


def on_trial(app):
    rig = Rig([plan("2_0_0")])
    rig.apps["2_0_0"] = app
    return rig


def test_a_confirmation_that_flash_refuses_once_is_made_again():
    async def app(rig, device):
        failing_flash(rig, 1)
        rig.answer = device.confirm()
        await asyncio.sleep_ms(10**9)

    rig = on_trial(app)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705] and rig.answer is True


def test_a_confirmation_that_flash_refuses_says_so_and_the_trial_goes_on():
    async def app(rig, device):
        failing_flash(rig, 3)
        rig.answers = [device.confirm(), device.trial, rig.record.slots[1].state == TRIAL]
        rig.answers += [device.confirm(), device.trial, rig.record.slots[1].state == GOOD]
        await asyncio.sleep_ms(10**9)

    rig = on_trial(app)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert rig.answers == [False, True, True, True, False, True]


def test_a_revert_that_flash_refuses_still_ends_the_trial():
    async def app(rig, device):
        await asyncio.sleep_ms(500)
        failing_flash(rig, 1)
        device.revert()

    rig = on_trial(app)
    assert rig.run(Rig.settled, HOUR)
    assert rig.boots.count("2_0_0") == 3 and rig.cloud.verdicts == [10706]
    assert rig.running == "1_0_0"


def test_a_revert_takes_a_reason_of_any_length():
    async def app(rig, device):
        await asyncio.sleep_ms(500)
        device.revert("self-test: sensor 3 does not answer")

    rig = on_trial(app)
    assert rig.run(Rig.settled) and rig.boots == ["1_0_0", "2_0_0", "1_0_0"]
    assert rig.record.reason == "self-test: sensor 3 does not ans"
    assert rig.cloud.verdicts == [10706]


def test_a_missing_component_of_an_earlier_program_does_not_keep_plans_away():
    rig = Rig([Plan([component("d2", 20000, name="DISPLAY")]), plan("3_0_0")])
    rig.policy = {"targets": {"DISPLAY": Display()}}
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTARD=")) > 5, MINUTE)
    rig.policy = {}
    assert rig.run(Rig.settled, 30 * MINUTE)
    assert rig.cloud.verdicts == [10706, 10705] and rig.running == "3_0_0"


def test_a_request_that_is_answered_after_seconds_is_made_once():
    """It is paid for: the session waits instead of failing, and asking again."""
    rig = Rig([plan("2_0_0")], slow="+QIOTOTAREQ", slow_ms=4000)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert len(rig.sent("AT+QIOTOTAREQ")) <= 2 and rig.clock.now() < 60000


def test_a_report_to_a_module_that_restarts_before_its_verdict_is_made_again():
    rig = Rig([plan("2_0_0")])
    once(rig.uart.rx, b"10705", lambda data: rig.module.reboot() or b"")
    assert rig.run(lambda rig: rig.running == "2_0_0" and Rig.settled(rig))
    assert rig.cloud.verdicts == [10705]
    assert len(rig.sent('AT+QIOTMCUVER="MCU","2_0_0"')) == 2
