"""What a program has of the library before, and without, an updater."""

import sys

from qsota.device import Device
from qsota.resident import handover
from qsota_tools.proof.lab.apps import doubtful_app
from qsota_tools.proof.lab.rig import Rig
from words import plan


def on_trial():
    """A device whose program is on trial and has made no updater."""
    rig = Rig([plan("2_0_0")])
    rig.apps = {"2_0_0": doubtful_app}
    assert rig.run(lambda rig: rig.running == "2_0_0")
    return Device()


def test_a_program_without_an_updater_confirms_itself():
    device = on_trial()
    assert device.trial and device.confirm() and not device.trial


def test_a_program_with_a_library_of_its_own_is_not_confirmed_before_its_updater_has_run():
    device = on_trial()
    handover.state.library = "/app/lib"
    assert not device.confirm() and device.trial


def test_a_restart_is_the_machines_reset():
    class Machine:
        resets = 0

        def reset(self):
            self.resets += 1

    before, machine = sys.modules.get("machine"), Machine()
    sys.modules["machine"] = machine
    try:
        handover.State().reset()
    finally:
        del sys.modules["machine"]
        if before:
            sys.modules["machine"] = before
    assert machine.resets == 1
