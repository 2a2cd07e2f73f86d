"""An application that brought a copy of the library: what proves it, and what if it fails."""

import asyncio
import io

import qsota
from components import Display
from qsota import log
from qsota.boot import application
from qsota.boot.board import Board
from qsota.boot.record_data import BAD, GOOD
from qsota.errors import QsotaError
from qsota.resident import handover, phases
from qsota.update import download
from qsota.update import keys as brought_keys
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.download import CORRUPT
from qsota_tools.proof.lab.edges import CONFIG
from qsota_tools.proof.lab.rig import Rig
from util import raises, with_modules
from words import plan

MINUTE = 60000
FOLDER = "/app/lib/qsota"


class File:
    def __init__(self, text):
        self._text = text

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def read(self):
        return self._text


def take(interface):
    """What becomes of a copy that says it is for this interface; None: there is none."""
    opened = []

    def open_file(path):
        opened.append(path)
        if interface is None:
            raise OSError(2)
        return File(interface)

    log.sink = None
    handover.state = handover.State()
    packages = qsota, qsota.resident
    before = [package.__path__ for package in packages]
    application.open = open_file
    try:
        application.take_library()
        assert opened == [FOLDER + "/interface"]
        return [package.__path__ for package in packages], before
    finally:
        del application.open
        for package, path in zip(packages, before):
            package.__path__ = path


def test_a_copy_for_this_loader_wins_over_the_roots():
    (top, resident), before = take(str(handover.INTERFACE))
    assert handover.state.library == FOLDER
    assert top in (FOLDER, [FOLDER]) and resident in (FOLDER + "/resident", [FOLDER + "/resident"])


def test_without_a_copy_and_with_one_for_another_loader_the_roots_stays():
    for interface in (None, "", "0", "99"):
        now, before = take(interface)
        assert now == before and handover.state.library == ""
    assert "another loader" in log.lines()[-1]


def test_a_copy_that_finds_another_loader_says_so():
    from qsota.device import Device

    real, handover.INTERFACE = handover.INTERFACE, 99
    try:
        assert raises(QsotaError, Device).reason == "wrong-loader"
    finally:
        handover.INTERFACE = real


def keys(brought, alone=False, aside=False):
    """What opens a package where the board file has ABAB...; brought: CDCD... came along."""
    state = handover.state = handover.State()
    state.alone, state.aside = alone, aside

    def open_file(path):
        assert path == FOLDER + "/keys.json"
        if not brought:
            raise OSError(2)
        return io.StringIO('["%s"]' % ("cd" * 384))

    def find():
        if alone:  # what the loader has found out before it left the image alone
            state.keys = brought_keys.brought()
        return download._keys(Board({"keys": ["ab" * 384]}))

    brought_keys.open = open_file
    drop, phases.drop = phases.drop, lambda kept=(): None
    try:
        found = with_modules({"qsota.update.keys": brought_keys}, find)
    finally:
        del brought_keys.open
        phases.drop = drop
    assert all(key == key[:1] * 384 for key in found)
    return b"".join([key[:1] for key in found])


def test_the_keys_that_came_with_an_application_are_the_ones_that_count():
    assert keys(brought=True) == b"\xcd"
    assert keys(brought=False) == b"\xab"


def test_they_count_for_an_update_that_takes_its_place_as_well():
    assert keys(brought=True, alone=True, aside=True) == b"\xcd"


def test_where_it_has_failed_the_boards_own_open_too():
    assert keys(brought=True, alone=True) == b"\xcd\xab"
    assert keys(brought=False, alone=True) == b"\xab"


# --- on the bench: what an application says here of itself the loader would say


def brings_its_own(confirms_after_s=0):
    async def app(rig, device):
        handover.state.library = FOLDER
        for _ in range(confirms_after_s):
            device.feed()
            await asyncio.sleep_ms(1000)
        rig.answer = device.confirm()
        while True:
            device.feed()
            await asyncio.sleep_ms(1000)

    return app


def test_its_trial_has_passed_when_the_copy_has_reached_the_platform_as_well():
    for seconds in (0, 20):
        rig = Rig([plan("2_0_0")])
        rig.apps["2_0_0"] = brings_its_own(seconds)
        assert rig.run(Rig.settled)
        assert rig.cloud.verdicts == [10705] and rig.record.slots[1].state == GOOD
        assert rig.answer is False


def test_a_copy_that_reaches_nobody_is_not_kept():
    rig = Rig([plan("2_0_0")])

    async def app(rig, device):
        rig.module.powered = False
        await brings_its_own()(rig, device)

    rig.apps["2_0_0"] = app
    assert rig.run(lambda rig: rig.boots[-1] == "1_0_0" and len(rig.boots) > 2, 20 * MINUTE)
    assert rig.record.slots[1].state == BAD and rig.record.reason == "trial-deadline"


def test_after_an_update_that_a_copy_did_not_get_through_the_roots_library_is_next():
    rig = Rig([plan("2_0_0"), plan("2_0_1")], config=dict(CONFIG, update="beside"))
    rig.cloud.storage.faults = [CORRUPT]
    rig.apps["1_0_0"] = brings_its_own()
    assert rig.run(lambda rig: len(rig.cloud.verdicts) == 2 and rig.settled(), 60 * MINUTE)
    assert rig.cloud.verdicts == [10706, 10705]
    assert rig.boots == ["1_0_0", "alone", "2_0_1"]


def test_a_component_of_the_applications_own_stays_with_its_copy():
    rig = Rig([Plan([Component("DISPLAY", "d2", b"d2" + bytes(9000))])])
    rig.apps["1_0_0"] = brings_its_own()
    rig.policy = {"targets": {"DISPLAY": Display()}}
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.boots == ["1_0_0"]
