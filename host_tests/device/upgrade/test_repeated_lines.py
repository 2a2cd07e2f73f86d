"""A module that says one and the same line for ever, true or not: what that costs in an hour is
bounded, and once it is over the next plan is installed."""

from cases import long, some
from qsota_tools.proof.hostile.traffic import Traffic
from qsota_tools.proof.lab.apps import doubtful_app
from qsota_tools.proof.lab.edges import CONFIG
from qsota_tools.proof.lab.rig import Rig
from words import plan

HOUR = 3600000
PAID = 30  # messages in any hour, the upgrade of that hour included
RECORDS = 70  # of the boot record, likewise; of them 7 for the one download of the next hour

_MD5 = '"0123456789abcdef0123456789abcdef"'
LINES = (
    '+QIOTEVT: 7,10700,"MCU","","3_0_0",30,-113,5768',
    '+QIOTEVT: 7,10700,"MCU","","1_0_0",30,-113,5768',  # runs already
    '+QIOTEVT: 7,10700,"MCU","","2_0_0",30,-113,5768',  # the plan that is under way, or is over
    '+QIOTEVT: 7,10700,"MCU","","3_0_0",30,-113,4294967295',
    '+QIOTEVT: 7,10700,"MCU","","",101,0,0',
    '+QIOTEVT: 7,10700,"OTHER","","3_0_0",30,-113,5768',
    '+QIOTEVT: 7,10700,"MCU"',
    '+QIOTEVT: 7,10701,"MCU",1000,%s,1' % _MD5,
    '+QIOTEVT: 7,10701,"MCU",0,%s,1' % _MD5,
    '+QIOTEVT: 7,10701,"MCU",4294967295,%s,1' % _MD5,
    '+QIOTEVT: 7,10701,"OTHER",1000,%s,1' % _MD5,
    "+QIOTEVT: 7,10701",  # of the module's own firmware
    '+QIOTEVT: 7,10701,"OTHER',
    "+QIOTEVT: 7,10702",
    '+QIOTEVT: 7,10703,"MCU",1000,0,1000',
    '+QIOTEVT: 7,10703,"MCU",0,0,0',
    '+QIOTEVT: 7,10703,"MCU",100000,50000,1000',
    '+QIOTEVT: 7,10703,"MCU",4294967295,4294967295,4294967295',
    '+QIOTEVT: 7,10703,"OTHER",1000,0,1000',
    "+QIOTEVT: 7,10703",
    "+QIOTEVT: 7,10704",
    "+QIOTEVT: 7,10705",
    "+QIOTEVT: 7,10706",
    "+QIOTEVT: 7,10707,0",
    "+QIOTEVT: 7,10999",
    "+QIOTEVT: 7",
    "+QIOTEVT: 1,10200",
    "+QIOTEVT: 1,10430",
    "+QIOTEVT: 2,10200",
    "+QIOTEVT: 2,10450",
    "+QIOTEVT: 2,10471",  # the platform is lost for good
    "+QIOTEVT: 3,10200",
    "+QIOTEVT: 3,10400",
    "+QIOTEVT: 4,10340",
    "+QIOTEVT: 5,10200",
    "+QIOTEVT: 5,10210,3",
    "+QIOTEVT: 6,10200",
    "+QIOTEVT: 8,10429",
    "+QIOTEVT: 9,1",
    "+QIOTEVT: x",
    "+QIOTEVT:",
    "RDY",  # it starts again
    "+QIND: SMS DONE",
)
# Those that cost most: downloads that are not there.
FALSE_DOWNLOADS = tuple(line for line in LINES if "4294967295" in line and "10700" not in line)


def idle():
    return Rig()


def upgrading():
    """The plan begins before the line does, and so does its download, of a minute."""
    rig = Rig([plan("2_0_0", 6000)])
    rig.cloud.storage.speed = 100
    return rig


def doubting():
    """The new version runs on trial until its time is over."""
    rig = Rig([plan("2_0_0")])
    rig.apps["2_0_0"] = doubtful_app
    return rig


def making_way():
    """Updates take the application's place."""
    return Rig([plan("2_0_0")], config=dict(CONFIG, update="instead"))


# All of them at one time and interval, and each at one more of these, in turn. The product of
# lines, times and intervals is for the campaign, which draws from it.
OTHERS = [(idle, ms) for ms in (5000, 60000, 130000)]
OTHERS += [(make, ms) for make in (upgrading, doubting, making_way) for ms in (10000, 60000)]
CASES = [(line, idle, 10000) for line in LINES]
CASES += [(line,) + OTHERS[n % len(OTHERS)] for n, line in enumerate(LINES)]


def live_with(line, every_ms, make, hours=1, other=None):
    """(rig, paid messages in the worst hour, records in all) of a device that hears this line, and
    the other one in turn with it."""
    rig = make()
    traffic = Traffic(rig)
    begun = rig.record.seq
    turns = [line, other or line]

    def say():
        if rig.clock.now() < hours * HOUR:
            turns.reverse()
            rig._to_mcu(b"\r\n" + turns[1].encode() + b"\r\n")
            rig.clock.after(every_ms, say)

    rig.clock.after(5000, say)
    rig.run(lambda rig: False, hours * HOUR)
    return rig, traffic.requests.most, rig.record.seq - begun


@long
def test_a_line_that_is_said_for_ever_costs_a_bounded_number_of_paid_messages_and_records():
    for line, make, every_ms in some(CASES, 24):
        case = line, make.__name__, every_ms
        rig, paid, records = live_with(line, every_ms, make)
        assert paid <= PAID and records <= RECORDS, (case, paid, records)
        rig.cloud.add(plan("4_0_0"))
        assert rig.run(lambda rig: rig.running == "4_0_0" and Rig.settled(rig), 2 * HOUR), case


@long
def test_a_false_download_costs_as_little_ten_times_a_second():
    for line in some(FALSE_DOWNLOADS, 3):
        _, paid, records = live_with(line, 100, idle, hours=1 / 6)
        assert paid <= PAID and records <= RECORDS, (line, paid, records)


@long
def test_two_lines_that_contradict_each_other_cost_no_more():
    contradictions = (
        ('7,10700,"MCU","","3_0_0",30,-113,5768', '7,10700,"MCU","","5_0_0",30,-113,5768'),
        ('7,10701,"MCU",1000,%s,1' % _MD5, '7,10701,"MCU",2000,%s,1' % _MD5),
        ('7,10701,"MCU",1000,%s,1' % _MD5, '7,10701,"MCU",1000,"%s",1' % (32 * "f")),
        ('7,10703,"A",1000,0,1000', '7,10703,"B",1000,0,1000'),
        ('7,10703,"A",1000,0,1000', "7,10706"),
    )
    for lines in some(contradictions, 2):
        first, second = ("+QIOTEVT: " + line for line in lines)
        rig, paid, records = live_with(first, 10000, idle, other=second)
        assert paid <= PAID and records <= RECORDS, (lines, paid, records)
        rig.cloud.add(plan("4_0_0"))
        assert rig.run(lambda rig: rig.running == "4_0_0" and Rig.settled(rig), 2 * HOUR), lines


@long
def test_downloads_that_nobody_confirmed_fail_five_times_and_then_once_an_hour():
    for line in some(FALSE_DOWNLOADS, 3):
        rig, _, _ = live_with(line, 30000, idle, hours=4)
        times = [ms for ms, text in rig.commands if text == 'AT+QIOTMCUVER="MCU","1_0_0"']
        later = [ms for ms in times if ms > 600000]
        assert len(times) - len(later) == 6 and len(later) == 3, times  # the first: table is empty


@long
def test_a_download_that_is_at_work_for_ever_and_is_never_seen_is_ended_as_often():
    rig, _, _ = live_with("+QIOTEVT: 7,10702", 200000, idle, hours=2)
    assert rig.record.vain in (6, 7)


def test_what_the_module_ends_of_its_own_firmware_costs_no_record():
    rig = idle()
    before = rig.record.seq
    rig.clock.after(9000, lambda: rig._to_mcu(b"\r\n+QIOTEVT: 7,10701\r\n"))
    rig.clock.after(12000, lambda: rig._to_mcu(b"\r\n+QIOTEVT: 7,10706\r\n"))
    rig.run(lambda rig: False, 60000)
    assert rig.record.seq == before


@long
def test_the_count_of_failed_downloads_outlives_resets():
    line = FALSE_DOWNLOADS[0].encode()
    rig = idle()

    def say():
        rig._to_mcu(b"\r\n" + line + b"\r\n")
        rig.clock.after(10000, say)

    rig.clock.after(5000, say)
    for _ in range(20):
        rig.run(lambda rig: False, 180000)  # the power is cut every three minutes
    assert len(rig.sent('AT+QIOTMCUVER="MCU","')) == 6 and rig.record.vain == 5


@long
def test_an_upgrade_that_succeeds_sets_the_count_of_failed_downloads_to_zero():
    rig, _, _ = live_with(FALSE_DOWNLOADS[0], 60000, idle)
    assert rig.record.vain >= 5
    rig.cloud.add(plan("2_0_0"))
    assert rig.run(lambda rig: rig.running == "2_0_0" and Rig.settled(rig), HOUR)
    assert rig.record.vain == 0
