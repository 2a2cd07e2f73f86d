# The data area: mounted for the application, or for as long as the library reads its settings.

import io
import json
import sys

from qsota import log
from qsota.boot import data, hardware
from qsota.device import Device
from qsota.resident import phases
from rig import DATA, Rig
from util import raises


def test_data_is_mounted_and_writable():
    rig = Rig()
    board = rig.board()
    assert rig.run(board.mount_data)
    (kind, device, progsize), readonly = rig.vfs.mounts.pop("/data")
    assert (kind, progsize, readonly) == ("lfs2", 256, False)
    device.writeblocks(0, bytes(256), 0)
    assert rig.flash.content[DATA[0]] == 0


def test_an_application_has_its_device_mount_it():
    rig, call = Rig(), phases.call
    phases.call = lambda name, function: rig.run(getattr(sys.modules[name], function))
    hardware.open = lambda path: io.StringIO(json.dumps(rig.config))
    try:
        Device.mount_data(None)
        Device.mount_data(None)  # once more changes nothing
    finally:
        phases.call = call
        del hardware.open
    assert "/data" in rig.vfs.mounts


def test_data_that_another_board_has_mounted_is_there_and_other_failures_are_told():
    rig = Rig()
    for code, raised in ((1, False), (5, True)):
        board = rig.board()

        def mount(fs, point, code=code):
            raise OSError(code)

        rig.vfs.mount = mount
        try:
            assert rig.run(board.mount_data) is False
            assert not raised
        except OSError:
            assert raised


def settings(rig, text):
    """board.settings() with a settings file of this text."""
    opened = []

    def open_settings(path):
        opened.append(path)
        return io.StringIO(text)

    log.sink = None
    data.open = open_settings
    try:
        found = rig.run(rig.board().settings)
    finally:
        del data.open
    return found, opened


def test_settings_come_from_the_data_area_which_is_not_left_mounted_for_that():
    rig = Rig()
    assert settings(rig, '{"pk": "p1"}') == ({"pk": "p1"}, ["/data/settings.json"])
    assert "/data" not in rig.vfs.mounts
    assert settings(rig, '{"pk": ')[0] == {} and "/data" not in rig.vfs.mounts


def test_no_memory_for_the_settings_leaves_nothing_mounted():
    def no_memory(path):
        raise MemoryError()

    rig = Rig()
    data.open = no_memory
    try:
        raises(MemoryError, rig.run, rig.board().settings)
    finally:
        del data.open
    assert "/data" not in rig.vfs.mounts


def test_a_data_area_that_the_application_has_mounted_stays():
    rig = Rig()
    rig.run(rig.board().mount_data)
    assert settings(rig, '{"pk": "p1"}')[0] == {"pk": "p1"}
    assert "/data" in rig.vfs.mounts


def test_settings_that_are_damaged_or_missing_are_empty_and_logged():
    assert settings(Rig(), '{"pk": ')[0] == {}
    assert "no settings" in log.lines()[-1]
    for text in ("[]", '"pk"', "null", "1"):
        assert settings(Rig(), text)[0] == {}
        assert log.lines()[-1] == "no settings: settings.json holds no JSON object"
    rig = Rig()
    rig.vfs.broken = True
    log.clear()
    assert settings(rig, "{}") == ({}, [])
    assert "no settings" in log.lines()[-1]
