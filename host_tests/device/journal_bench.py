# A journal on a flash that can fail.

from boot_state import BootState
from qsota import log
from qsota.boot.flash import Area
from qsota.boot.record import RecordLog
from qsota.boot.record_data import EMPTY, GOOD, Upgrade
from qsota.session.plan_journal import PlanJournal
from qsota_tools.proof.lab.nor_flash import NorFlash

UPGRADE = Upgrade("MCU", "2_0_0", 5000, bytes(16), b"s" * 32)


class Header:
    image_size = 4000
    image_sha256 = b"i" * 32
    version = "2_0_0"
    counter = 7


def journal(running=0, states=(GOOD, EMPTY)):
    log.sink = None
    flash = NorFlash(2)
    records = RecordLog(Area(flash, 8192, 4096, 256))
    record = records.load()
    for slot, state in zip(record.slots, states):
        slot.state = state
    record.active = running or 0
    records.store(record)
    return PlanJournal(BootState(records, record, running)), flash


def reloaded(journal_, flash):
    """What a restart would find."""
    records = RecordLog(Area(flash, 8192, 4096, 256))
    return PlanJournal(BootState(records, records.load(), journal_.running))
