# The versions that the module and the cloud know, and the verdict on an upgrade.
from micropython import const

from qsota import log
from qsota.errors import AtError
from qsota.events import FAILED, SUCCEEDED
from qsota.record import NOTHING

_VERDICT_MS = const(10000)


class Reporter:
    """Writes a version only where it is due: while an upgrade is open, any report is taken as its
    verdict (T1, T2)."""

    def __init__(self, quec, journal, targets):
        self._quec = quec
        self._journal = journal
        self._targets = targets

    async def settle(self):
        """Give the verdict that is due, or correct the version table when nothing is open.

        Returns 10705, 10706, or 0 when no verdict came (the module had nothing open).
        """
        record = self._journal.record
        if record.report != NOTHING:
            return await self._conclude(record)
        if not self._journal.open_upgrade() and not self._journal.trial():
            await self._correct_table()
        return 0

    async def _conclude(self, record):
        # The report stays due on record until the module has taken it: power may fail now (T29).
        upgrade = record.upgrade
        for component, target in self._targets.items():
            if upgrade is None or upgrade.component == component:
                await self._report(component, target.version)
        verdict = await self._verdict()
        log.write("verdict %d %s" % (verdict, record.reason))
        self._journal.done()
        return verdict

    async def _report(self, component, version):
        try:
            await self._quec.report_version(component, version)
            log.write("reported %s %s" % (component, version))
        except AtError as error:
            if error.reason != "error":
                raise
            # The table is full; the verdict comes all the same (protocol: MCUVER in an open plan).
            log.write("version table: " + error.reason)

    async def _verdict(self):
        """Wait for 10705 or 10706; other events that wait stay in the queue."""
        event = await self._quec.wait_for(7, (SUCCEEDED, FAILED), _VERDICT_MS)
        return event.code if event else 0

    async def _correct_table(self):
        known = await self._quec.versions()
        stale = False
        for component, target in self._targets.items():
            if known.get(component) != target.version:
                await self._report(component, target.version)
                stale = True
        if stale:
            # The table alone tells the cloud nothing (T30).
            await self._quec.upload_info()
