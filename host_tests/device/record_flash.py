# Records, and a log of them on a flash that can fail.


from qsota.boot.flash import Area
from qsota.boot.record import RECORD_SIZE, RecordLog, pack_into
from qsota.boot.record_data import GOOD, REPORT_OLD, TRIAL, Plan, Record, SlotState, Upgrade

STORES = 40


def log_on(flash):
    return RecordLog(Area(flash, 2 * flash.erase_size, flash.erase_size, flash.program_size))


def packed(rec):
    buf = bytearray(RECORD_SIZE)
    pack_into(rec, buf)
    return buf


def full_record():
    rec = Record()
    rec.seq = 0xFFFFFFFE
    rec.active = 1
    rec.slots[0] = SlotState(GOOD, 0, 618496, bytes(range(32)), "1.2.3", 7)
    rec.slots[1] = SlotState(TRIAL, 3, 4, b"\xa5" * 32, "x" * 64, 0xFFFFFFFF)
    rec.report = REPORT_OLD
    rec.upgrade = Upgrade("MCU-main", "1.3.0_rc.1", 123456, bytes(range(16)), b"\x11" * 32)
    rec.upgrade.told = True
    rec.plan = Plan(0xFFFE, 3, 255, "LCD" * 10 + "XY", "5" * 40)
    rec.floor = 6
    rec.reason = "trial-failed"
    rec.tally = 0xA5
    return rec


def fail(buf):
    raise OSError(5)
