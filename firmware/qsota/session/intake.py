# The downloads that a session takes on: whose they are, and what those may cost that nobody
# confirmed.
from time import ticks_diff, ticks_ms

from micropython import const

from qsota.boot.record_data import REPORT_OLD
from qsota.resident import handover, status
from qsota.session import events
from qsota.session.events import BLOCK, DOWNLOADING
from qsota.session.names import are_names

_FREE = const(5)
_HOLD_MS = const(3600000)


class Intake:
    """download: what an update has to take now, as in update/download.py; None: nothing.

    A download is confirmed if it is the open one on record, or what UPDATE=1 may have brought. Of
    others, which a module may announce for ever though nothing of it is so, five in a row may fail
    like any other, with a report that is paid for; from then on one in an hour. What else is
    announced is only waited for. The count is on record, and goes back to 0 when an upgrade
    succeeds; the hour begins anew at a reset.
    """

    def __init__(self, quec, journal, offers, watch):
        self.download = None
        self._quec = quec
        self._journal = journal
        self._offers = offers
        self._targets = offers.targets
        self._status = offers.status
        self._watch = watch
        self._away = False  # an update has taken over meanwhile
        # What the module holds was refused: a read would only keep it there for 60 s more.
        self._unwanted = False
        self._runs = 0  # unconfirmed downloads since the MCU started ...
        self._spent = ticks_ms()  # ... and the last of them; what was before is not known

    def keep(self):
        """What the next Intake has to know."""
        return self._away, self._unwanted, self._runs, self._spent

    def restore(self, kept):
        """Go on where another Intake was."""
        self._away, self._unwanted, self._runs, self._spent = kept

    def back(self):
        """Whether an update has taken over since a session ran."""
        away, self._away = self._away, False
        if away:
            self._unwanted = self._journal.record.report == REPORT_OLD
        return away

    def may_look(self):
        """Whether to take up what a read would find, of which no event says anything."""
        return not self._unwanted and (self._confirmed(None) or self._free())

    def take(self, component, event):
        """A download is here, or will be; event: what announced it, None: it is on record, or,
        component "", began unseen."""
        known = self._journal.open_upgrade()
        ours = component in self._targets or not (component or event)
        if not ours:
            self._status.fail("unknown-component")
            if known is None:
                return self._leave(component)
        if ours and self._claim(event):
            return self._hand_over(component, event)
        if known is None:
            return self._watch.begin()
        if known.component not in self._targets:
            # Of a program before this one; open for ever, it would keep every plan away.
            return self._journal.fail("unknown-component")
        # The event may have come damaged: the download on record may still be there.
        self._hand_over(known.component, None)

    def expect(self):
        """The module is at work on a download whose 10701 was lost."""
        if not self._unwanted:
            self._watch.begin()
            self._status.enter(status.WAITING)

    def ended(self):
        """The module has ended what it held, or was about to hold."""
        self._watch.end()
        if self._unwanted:
            self._journal.name_unwanted("")
        self._unwanted = False

    def end_unseen(self):
        """What was confirmed, or began, neither comes nor ends: a report ends it (D2, D9)."""
        if not self._claim():
            return
        self._watch.end()
        self._offers.waiting = False
        self._status.fail("module-silent")
        self._journal.fail("module-silent")
        # It may be what is silent, if its 10701 was lost: its report as well is due then.
        other = self._offers.other or events.first_text(self._quec.damaged)
        if not self._unwanted and other not in self._targets and are_names((other,)):
            self._journal.name_unwanted(other)

    def _leave(self, component):
        # Not read: the module ends it after 60 s (T13), unless it is in its silent state.
        named = self._journal.record.plan.component == component
        if not named and are_names((component,)) and self._claim():
            self._journal.name_unwanted(component)
        self._unwanted = True
        self._watch.begin()

    def _hand_over(self, component, event):
        self._watch.end()
        self._unwanted = False
        self._away = True
        offers, line = self._offers, event and self._quec.line
        first, offers.waiting = offers.waiting, False
        named = offers.target_of(component), offers.following(component)
        self.download = (line, component, first) + named

    # --- what may be paid for

    def _confirmed(self, event):
        known = self._journal.open_upgrade()
        if self._offers.waiting or not known or not event or event.code == DOWNLOADING:
            return self._offers.waiting or known
        same = (event.component, event.length) == (known.component, known.length)
        return same and (event.code == BLOCK or known.md5 in (event.md5, b""))

    def _free(self):
        # An application that made way did so for one that it had confirmed, or was free to take.
        aside = handover.state.aside
        failed = self._runs if aside else self._journal.record.vain
        return failed < _FREE or not 0 <= ticks_diff(ticks_ms(), self._spent) < _HOLD_MS

    def _claim(self, event=None):
        """Whether this one may fail like any other; it counts from now on."""
        if self._confirmed(event):
            return True
        if not self._free():
            return False
        self._runs += 1
        self._spent = ticks_ms()
        self._journal.count_vain()
        return True
