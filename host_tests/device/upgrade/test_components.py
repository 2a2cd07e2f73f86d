"""Several components: one that is missing, raises or lies never keeps a plan from another."""

from cases import long
from components import Display
from qsota_tools.center.plan import Component, Plan
from qsota_tools.proof.lab.packages import plain
from qsota_tools.proof.lab.rig import Rig
from words import component, plan

MINUTE = 60000
HOUR = 60 * MINUTE


def broken(*args):
    raise OSError(5)


class Bad(Display):
    """A display of which one thing is wrong."""

    def __init__(self, **wrong):
        super().__init__()
        for name, value in wrong.items():
            setattr(self, name, value)

    def install(self):
        self.version = "d2"


class NoVersion(Display):
    version = property(broken, lambda self, value: None)


class NoCapacity(Display):
    capacity = property(broken)


def never_done(display):
    """It always has something left to erase."""
    display.erase_step = lambda: True
    return display


def every_bad_display():
    yield "begin", Bad(begin=broken)
    yield "erase_step", Bad(erase_step=broken)
    yield "write", Bad(write=broken)
    yield "rewind", Bad(rewind=broken)
    yield "finish", Bad(finish=broken)
    yield "install", Bad(install=broken)
    yield "install does nothing", Bad(install=lambda: None)
    yield "no version", NoVersion()
    yield "a version that cannot be told", Bad(version="d:1", install=lambda: None)
    yield "a version that is no text", Bad(version=1, install=lambda: None)
    yield "no capacity", NoCapacity()
    yield "a capacity that is no number", Bad(capacity="big")
    yield "too small", Bad(capacity=100)
    yield "an object of nothing", object()
    yield "None", None


@long
def test_a_plan_for_a_bad_component_ends_and_the_next_one_is_installed():
    for name, display in every_bad_display():
        rig = Rig([Plan([component("d2", 20000, name="DISPLAY")]), plan("2_0_0")])
        rig.policy = {"targets": {"DISPLAY": display}}
        rig.run(lambda rig: rig.cloud.results or rig.sent("AT+QIOTUPDATE=0"), 5 * MINUTE)
        if not rig.cloud.results:
            assert rig.updater.status.reason in ("too-large", "unknown-component"), name
            continue
        assert rig.cloud.verdicts == [10706], name
        assert rig.run(lambda rig: rig.running == "2_0_0" and rig.settled(), 30 * MINUTE), name
        assert len(rig.commands) < 300, name


@long
def test_a_bad_component_of_a_plan_does_not_keep_the_application_from_its_package():
    for name, display in every_bad_display():
        screen = Component("DISPLAY", "d2", plain("d2", 5000, component="DISPLAY"))
        rig = Rig([Plan([component("2_0_0"), screen])])
        rig.policy = {"targets": {"DISPLAY": display}}
        assert rig.run(lambda rig: rig.cloud.results and rig.settled(), 30 * MINUTE), name
        assert rig.cloud.verdicts[0] == 10705 and rig.running == "2_0_0", name


def test_a_component_that_is_never_done_erasing_is_read_all_the_same():
    rig = Rig([Plan([component("d2", 5000, name="DISPLAY")])])
    rig.policy = {"targets": {"DISPLAY": never_done(Bad())}}
    assert rig.run(Rig.settled, MINUTE) and rig.cloud.verdicts == [10705]


def test_what_begin_says_is_here_already_is_believed_only_if_it_can_be():
    for staged in (None, "all", -1, 10**9):
        rig = Rig([Plan([component("d2", 5000, name="DISPLAY")])])
        rig.policy = {"targets": {"DISPLAY": Bad(begin=lambda upgrade, staged=staged: staged)}}
        assert rig.run(Rig.settled, MINUTE)
        assert rig.cloud.verdicts == [10705], staged


def test_the_verdict_on_a_component_that_knows_no_version_comes_at_once():
    rig = Rig([Plan([component("d2", 5000, name="DISPLAY")])])
    rig.policy = {"targets": {"DISPLAY": NoVersion()}}
    assert rig.run(Rig.settled, MINUTE)
    assert rig.cloud.verdicts == [10706]
    assert rig.sent('AT+QIOTMCUVER="DISPLAY",') == ['AT+QIOTMCUVER="DISPLAY","unknown"']


def test_a_program_without_the_component_reports_what_the_module_knows_of_it():
    rig = Rig([Plan([component("d2", 20000, name="DISPLAY")]), plan("3_0_0")])
    rig.policy = {"targets": {"DISPLAY": Display()}}
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTARD=")) > 5, MINUTE)
    rig.policy = {}
    assert rig.run(lambda rig: rig.cloud.verdicts == [10706], MINUTE)
    assert rig.sent('AT+QIOTMCUVER="DISPLAY",')[-1] == 'AT+QIOTMCUVER="DISPLAY","d1"'
    assert rig.run(Rig.settled, 30 * MINUTE) and rig.running == "3_0_0"


def test_a_table_with_more_entries_than_are_kept_is_not_corrected_at_every_connection():
    rig = Rig()
    for n in range(20):
        rig.module.versions.set("C%02d" % n, "1")
    assert rig.run(lambda rig: rig.sent("AT+QIOTOTAREQ"), MINUTE)
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTAREQ")) == 2, MINUTE)
    assert len(rig.sent('AT+QIOTMCUVER="MCU","')) == 1
