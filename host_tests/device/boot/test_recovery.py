"""No slot can run: the loader's own updater fetches an application."""

from qsota.boot import loader, recovery
from qsota.boot.record import TRIAL
from qsota_tools.proof.lab.rig import Reset, Rig
from words import plan


def test_recovery_installs_what_the_cloud_has_and_restarts():
    rig = Rig([plan("2_0_0")], version=None)
    loader.state = loader.State()
    loader.boot(rig.board)
    loader.start(rig.board)
    assert loader.state.slot is None
    before, recovery.asyncio = recovery.asyncio, rig.clock  # its run() is in virtual time
    try:
        recovery.main()
    except Reset:
        pass
    finally:
        recovery.asyncio = before
    record = rig.record
    assert rig.sent("AT+QIOTUPDATE=3") and record.slots[record.active].state == TRIAL
    assert record.slots[record.active].version == "2_0_0"
