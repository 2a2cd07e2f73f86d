# One attempt at one package: begin, read, verify, tell the module, install; and how it may end.
import gc

from micropython import const

from qsota import log
from qsota.boot.record_data import Upgrade
from qsota.errors import AtError, PackageError, QsotaError
from qsota.resident import phases, status
from qsota.session.commands import UPDATING
from qsota.session.events import BLOCK, DOWNLOAD_START, DOWNLOADING, FAILED
from qsota.session.events import UPDATING as BEGUN
from qsota.session.targets import needs_reset, version_of
from qsota.update.ends import Ended, Superseded, is_same
from qsota.update.transfer import of_target

_OTA = const(7)
_BEGUN_MS = const(5000)
_RESUMES = const(16)
_UNIT = const(4096)  # so many bytes in flash pay for one more resume
_NO_MEMORY = "no-memory"
# A module that starts again downloads again from the first byte.
_CURED_BY_RESET = ("block-gap", "module-silent")


class Attempt:
    """Takes the download of a component as far as it goes, whatever its target does."""

    def __init__(self, quec, link, journal, transfer, targets, state):
        self._quec = quec
        self._link = link
        self._journal = journal
        self._transfer = transfer
        self._targets = targets
        self._status = state

    async def run(self, event, component, first, offered, following):
        """True if an image is installed and waits for its trial.

        event: what announced the download, None: it is the one on record; first: it was confirmed
        just now; offered: the version that its plan names, None: not known; following: as in
        Journal.begin(). Raises Superseded, and AtError when the module is gone; all else ends the
        upgrade, and its reason is on record.
        """
        upgrade = self._upgrade(component, event, self._journal.record.upgrade, offered)
        if upgrade is None:
            return False
        self._status.upgrade(component, upgrade.target, upgrade.length)
        self._status.enter(status.WAITING)
        tried = []
        while True:
            try:
                return await self._take(upgrade, event, first, following)
            except Ended as ended:
                self._status.fail(ended.reason)
                self._journal.done(ended.reason)
                return False
            except (Superseded, AtError):
                raise
            except phases.LACK:
                reason = _NO_MEMORY
            except Exception as error:
                reason = error.reason if isinstance(error, QsotaError) else repr(error)
            gc.collect()
            if reason in tried or not await self._cured(reason):
                self._status.fail(reason)
                self._journal.fail(reason)
                return False
            tried.append(reason)
            log.write("once more: " + reason)
            upgrade = self._journal.open_upgrade() or upgrade
            event = None

    async def _cured(self, reason):
        """Whether the same may go well the next time."""
        if reason == _NO_MEMORY:
            return True  # some was collected
        return reason in _CURED_BY_RESET and await self._link.reset_module()

    async def _take(self, upgrade, event, first, following):
        target = self._targets[upgrade.component]
        if not first:
            self._count(upgrade.length)
        # A slot, a signature and a decoder are loaded far down in there, with a stack of its own.
        staged = await phases.apart(self._transfer.begin(target, upgrade))
        if not isinstance(staged, int) or not 0 <= staged <= upgrade.length:
            staged = 0
        if not first:
            self._check_budget(staged)
        if upgrade is not self._journal.open_upgrade():
            self._journal.begin(upgrade, following)
        block = event if event and event.code == BLOCK else None
        await phases.apart(self._transfer.fetch(target, upgrade, staged, block, event is None))
        return await self._install(target)

    def _count(self, length):
        """Taken up again: on record before anything is done that may reset the MCU once more."""
        if self._journal.resume() > _RESUMES + length // _UNIT:
            raise PackageError("too-many-restarts")

    def _check_budget(self, staged):
        if self._journal.record.plan.resumes > _RESUMES + staged // _UNIT:
            raise PackageError("too-many-restarts")

    def _upgrade(self, component, event, known, offered):
        """The download to record; one whose 10701 was lost goes on with what is known (T12).

        None if it is installed already: then its version is due to be reported.
        """
        is_open = known is not None and known.open
        if event is None or event.code == DOWNLOADING:
            return known
        if event.code == DOWNLOAD_START:
            if is_open and is_same(known, event):
                return known
            if known and self._runs(known, event):
                log.write("installed already")
                self._journal.reopen()
                return None
            new = Upgrade(component, "", event.length, event.md5 or b"", event.sha256 or b"")
        else:
            if is_open and (known.component, known.length) == (component, event.length):
                return known
            new = Upgrade(component, "", event.length, b"", b"")
        plan = self._journal.record.plan
        if offered:
            new.target = offered
        elif plan.component == component:
            new.target = plan.target
        return new

    def _runs(self, known, event):
        """Whether the very package that a 10701 announces was the last one, and runs now."""
        return (
            (known.component, known.length) == (event.component, event.length)
            and (known.md5 == event.md5 != b"" or known.sha256 == event.sha256 != b"")
            and known.target == version_of(self._targets[known.component])
        )

    async def _install(self, target):
        """The image is verified: tell the module (T7), then make it bootable."""
        self._status.enter(status.INSTALLING)
        told = await self._quec.answer(UPDATING) is True
        reset = needs_reset(target)
        # Refused with no 10706: the module may have lost the plan; the image is good. And a
        # version must not be reported before the module is ready for it.
        wait = _BEGUN_MS if told and not reset else 0
        event = await self._quec.wait_for(_OTA, (BEGUN, FAILED), wait)
        if event and event.code == FAILED:
            raise Ended("ended-by-module")
        self._journal.told = told
        of_target(target.install)
        if not reset:
            self._journal.report_new(version_of(target) or "")
        return reset
