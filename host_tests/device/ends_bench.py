"""Programs that end, and what the next start makes of it."""

from boot_bench import Recovery, boot_py, hand_over_to
from qsota.resident import program
from rig import Reset
from util import raises

MINUTE = 60000


class Ends:
    """An application: the module main, whose import ends like this."""

    def __init__(self, error=None):
        self.error = error

    def run(self):
        if self.error:
            raise self.error


def start(rig, app):
    """Boot, and let the application run to its end; the pauses that were made."""
    ran = []

    def run():
        ran.append(app)
        app.run()

    boot_py(rig)
    before, program._application = program._application, run
    try:
        return hand_over_to(rig, Recovery())
    finally:
        program._application = before
        assert ran, "the application did not run"


def ends(rig, app):
    """The application starts, and its end ends in a reset."""
    raises(Reset, start, rig, app)


def at_rest(rig, minutes):
    rig.run(rig.timers.pass_ms, minutes * MINUTE)
