# The versions that the module and the cloud know, and the verdict on an upgrade.
from micropython import const

from qsota import log
from qsota.boot.record import NOTHING
from qsota.errors import AtError, AtTimeout
from qsota.session.events import FAILED, SUCCEEDED

_VERDICT_MS = const(10000)
_TRIES = const(3)


class Reporter:
    """Writes a version only where it is due: while an upgrade is open, any report is taken as its
    verdict (T1, T2)."""

    def __init__(self, quec, link, journal, targets):
        self._quec = quec
        self._link = link
        self._journal = journal
        self._targets = targets

    async def settle(self):
        """Give the verdict that is due, and correct the version table when nothing is open.

        Returns 10705, 10706, or 0 when no verdict came (the module had nothing open).
        """
        record = self._journal.record
        due = record.report != NOTHING
        verdict = await self._conclude(record) if due else 0
        if verdict != SUCCEEDED and not self._journal.open_upgrade() and not self._journal.trial():
            # The report itself may have been refused, or have arrived damaged.
            await self._correct_table(due)
        return verdict

    async def _conclude(self, record):
        # The report stays due on record until the module has taken it: power may fail now (T29).
        self._journal.keep()
        upgrade = record.upgrade
        for component, target in self._targets.items():
            if upgrade is None or upgrade.component == component:
                await self._report(component, target.version)
        verdict = await self._verdict()
        if not verdict and self._link.restarted:
            raise AtTimeout("module-restarted")  # it still waits for the verdict
        log.write("verdict %d %s" % (verdict, record.reason))
        self._journal.done()
        return verdict

    async def _report(self, component, version):
        for _ in range(_TRIES):
            try:
                await self._quec.report_version(component, version)
                log.write("reported %s %s" % (component, version))
                return
            except AtError as error:
                if error.reason != "error":
                    raise
        # Not a command that arrived damaged: the table is full, and the verdict comes all the
        # same (protocol: MCUVER in an open plan).
        log.write("version table: error")

    async def _verdict(self):
        """Wait for 10705 or 10706; other events that wait stay in the queue."""
        event = await self._quec.wait_for(7, (SUCCEEDED, FAILED), _VERDICT_MS)
        return event.code if event else 0

    async def _correct_table(self, stale):
        """Write what differs; stale: the cloud may not know the table that the module has."""
        for _ in range(_TRIES):
            known = await self._quec.versions()
            wrong = [
                (component, target.version)
                for component, target in self._targets.items()
                if known.get(component) != target.version
            ]
            if not wrong:
                break
            # The name may arrive damaged, and is another component's then: so it is looked again.
            for component, version in wrong:
                await self._report(component, version)
            stale = True
        if stale:
            # The table alone tells the cloud nothing (T30).
            await self._quec.upload_info()
