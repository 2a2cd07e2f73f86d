"""Runs that meet the traps of the protocol."""

OLD = 'AT+QIOTMCUVER="MCU","1_0_0"'


NEW = 'AT+QIOTMCUVER="MCU","2_0_0"'


def until_state(rig, state):
    """Run until the module is in that OTA state."""
    assert rig.run(lambda rig: rig.module.state == state, 600000)
