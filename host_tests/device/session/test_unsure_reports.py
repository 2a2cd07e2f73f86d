"""Reports and downloads of which one side does not know: asked again, found, or given up."""

from cases import long
from qsota.boot.record_data import REPORT_OLD
from qsota.resident import status
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.states import DOWNLOADSUCCESS, NOPLAN
from qsota_tools.proof.lab.faults import change_command, flip_bit, lose_command, refuse
from qsota_tools.proof.lab.packages import plain
from qsota_tools.proof.lab.rig import Rig, good_app
from words import component, plan


def test_the_version_table_may_be_full():
    rig = Rig([plan("2_0_0")])
    assert rig.run(lambda rig: rig.record.report, 120000)
    for _ in range(12):
        refuse(rig, 'AT+QIOTMCUVER="MCU",')
    assert rig.run(lambda rig: len(rig.sent('AT+QIOTINFO="up"')) == 2, 120000)
    assert not rig.record.report
    assert len(rig.sent('AT+QIOTMCUVER="MCU",')) <= 13  # it does not go on for ever


def test_a_report_without_answer_stays_due():
    rig = Rig([plan("2_0_0")])
    assert rig.run(lambda rig: rig.record.report, 120000)
    lose_command(rig, 'AT+QIOTMCUVER="MCU",')
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705]


@long
def test_a_failure_report_without_answer_stays_due():
    rig = Rig([plan("2_0_0", board="OTHER")])
    rig.look_ms = 2
    assert rig.run(lambda rig: rig.record.report == REPORT_OLD, 60000)
    lose_command(rig, 'AT+QIOTMCUVER="MCU",')
    begun = rig.clock.now()
    assert rig.run(Rig.settled, 120000)
    # Well before the module's own 60 s.
    assert rig.cloud.verdicts == [10706] and rig.clock.now() - begun < 30000


def test_an_update_3_that_is_refused_after_10706_installs_nothing():
    rig = Rig([plan("2_0_0"), plan("3_0_0")])
    lose_command(rig, "AT+QIOTUPDATE=3")

    def give_up(rig):
        lost = not rig.uart.tx.filters
        if lost and rig.module.state == DOWNLOADSUCCESS:
            rig.module.ota._enter(12)
        return lost

    assert rig.run(give_up, 60000)
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706, 10705] and rig.boots == ["1_0_0", "1_0_0", "3_0_0"]


def test_an_update_3_that_is_refused_without_10706_installs_all_the_same():
    rig = Rig([plan("2_0_0")])
    for _ in range(3):
        refuse(rig, "AT+QIOTUPDATE=3")
    assert rig.run(Rig.settled)
    assert rig.running == "2_0_0" and rig.cloud.verdicts == [10705]


def test_a_new_offer_in_mid_download_is_taken():
    rig = Rig([plan("2_0_0", 20000), plan("3_0_0")])
    assert rig.run(lambda rig: rig.module.state == DOWNLOADSUCCESS, 60000)
    # The module forgot everything without a word, and the cloud gave the plan up.
    rig.module.ota.state = NOPLAN
    rig.cloud.give_up()
    rig.cloud.push()
    assert rig.run(Rig.settled)
    assert rig.running == "3_0_0"


def test_a_report_whose_name_arrives_damaged_is_made_again():
    rig = Rig([plan("2_0_0")])
    change_command(rig, b'"MCU","2_0_0"', b'"MU","2_0_0"')
    assert rig.run(lambda rig: rig.cloud.results and rig.settled(), 60000)
    assert rig.cloud.verdicts == [10705] and rig.cloud.versions["MCU"] == "2_0_0"


def test_a_report_that_arrives_as_no_command_is_made_again_at_once():
    rig = Rig([plan("2_0_0")])
    change_command(rig, b'MCUVER="MCU","2_0_0"', b'MCUER="MCU","2_0_0"')
    assert rig.run(Rig.settled, 20000) and rig.cloud.verdicts == [10705]
    assert rig.sent('AT+QIOTMCUVER="MCU",')[-1] == 'AT+QIOTMCUVER="MCU","2_0_0"'


def confirmed_and_off(rig, ms=30000):
    """The MCU's power fails right after UPDATE=1; the module downloads the file meanwhile."""
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=1"), 60000)
    rig.clock.advance(ms)
    rig.uart.readinto(bytearray(4096))  # what the UART got is lost with the power
    assert rig.module.state == DOWNLOADSUCCESS


def test_a_download_that_began_unseen_is_found_by_its_header():
    rig = Rig([plan("2_0_0")])
    confirmed_and_off(rig)
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTUPDATE=1")) == 1


def test_a_damaged_header_of_such_a_download_is_read_again():
    rig = Rig([plan("2_0_0")])
    confirmed_and_off(rig)
    flip_bit(rig, b"QSOT")
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTOTARD=0,384")) == 3


def test_such_a_download_without_a_header_is_reported_as_failed():
    for data in (bytes(5000), b"short"):
        rig = Rig([Plan([Component("MCU", "2_0_0", data)])])
        confirmed_and_off(rig)
        began = rig.clock.now()
        assert rig.run(Rig.settled)
        assert rig.cloud.verdicts == [10706] and rig.record.reason == "bad-header"
        assert rig.clock.now() - began < 30000


def test_a_package_that_grew_on_the_way_is_refused():
    data = plain("2_0_0") + b"tail"
    rig = Rig([Plan([Component("MCU", "2_0_0", data)])])
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "wrong-length"


def test_a_package_that_is_larger_than_the_slot_is_refused_before_it_is_read():
    data = plain("2_0_0", 60000)
    rig = Rig([Plan([Component("MCU", "2_0_0", data, space=0)])])
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "too-large"
    assert set(rig.sent("AT+QIOTOTARD=")) <= {"AT+QIOTOTARD=?", "AT+QIOTOTARD=0,1"}


def test_a_truncated_package_is_refused():
    data = plain("2_0_0")[:700]
    rig = Rig([Plan([Component("MCU", "2_0_0", data)])])
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "truncated"


def test_another_version_than_the_plan_names_is_refused():
    data = plain("2_0_1")
    rig = Rig([Plan([Component("MCU", "2_0_0", data)])])
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "wrong-version"


@long
def test_the_old_version_stays_due_until_the_module_took_it():
    rig = Rig([plan("2_0_0", board="OTHER")])
    rig.look_ms = 2
    assert rig.run(lambda rig: rig.record.report == REPORT_OLD, 60000)
    assert rig.record.reason == "wrong-board"
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10706]


def test_the_application_can_use_the_module_during_an_upgrade():
    answers = []

    async def busy_app(rig, device):
        import asyncio

        device.at.start()
        while True:
            answers.append(await device.at.command("AT+CSQ", b"+CSQ:"))
            await asyncio.sleep_ms(50)

    rig = Rig([plan("2_0_0", 20000)])
    rig.apps["1_0_0"] = busy_app
    rig.apps["2_0_0"] = good_app
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and len(answers) > 20
    assert all(answer == [b"+CSQ: 24,99"] for answer in answers)


def test_the_status_shows_where_the_upgrade_is():
    rig = Rig([Plan([component("2_0_0", 20000)])])
    assert rig.run(lambda rig: rig.updater.status.position > 10000, 60000)
    now = rig.updater.status.snapshot()
    assert (now.phase, now.component, now.target) == (status.READING, "MCU", "2_0_0")
    assert 10000 < now.position < now.length == 20768


def test_a_board_with_a_reset_line_wakes_a_module_that_hangs():
    class Line:
        """The module's RESET_N behind a transistor: high resets."""

        def __init__(self, rig):
            self._rig = rig

        def __call__(self, level):
            if level:
                self._rig.module.reboot()

    rig = Rig([plan("2_0_0")])
    rig.board.config["module_pins"] = {"reset": 5}
    rig.board.pin = lambda name, value=None: Line(rig) if name.endswith("reset") else None
    rig.module.powered = False
    try:
        assert rig.run(Rig.settled)
    finally:
        del rig.board.config["module_pins"]
    assert rig.cloud.verdicts == [10705]
