"""Upgrades and the reads that they took."""

HOUR = 3600000


def reads(rig):
    return rig.sent("AT+QIOTOTARD=")


def ends(rig, limit_ms=HOUR):
    assert rig.run(lambda rig: rig.cloud.verdicts and rig.settled(), limit_ms), "no verdict"
    return rig.cloud.verdicts, rig.record.reason
