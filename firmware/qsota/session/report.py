# The versions that the module and the cloud know, and the verdict on an upgrade.
from micropython import const

from qsota import log
from qsota.boot.record_data import NOTHING, REPORT_NEW
from qsota.errors import AtError, AtTimeout
from qsota.session.commands import UPDATING
from qsota.session.events import FAILED, SUCCEEDED
from qsota.session.targets import version_of

_VERDICT_MS = const(10000)
_TRIES = const(3)
_OTA = const(7)


class Reporter:
    """Writes a version only where it is due: while an upgrade is open, any report is taken as its
    verdict (T1, T2)."""

    def __init__(self, quec, link, journal, targets):
        self._quec = quec
        self._link = link
        self._journal = journal
        self._targets = targets

    async def tell(self):
        """UPDATE=3 once more, if the one before the reset may be lost: else the 60 s of the last
        block end the plan. Only as long as nothing was reported: the next component's last block
        would be taken for read (T7)."""
        upgrade = self._journal.open_upgrade()
        new = self._journal.trial() or self._journal.record.report == REPORT_NEW
        if upgrade is None or upgrade.told or not new:
            return
        for _ in range(_TRIES):
            try:
                await self._quec.action(UPDATING)
                break
            except AtError as error:
                log.write("action 3: " + error.reason)
        self._journal.hear_told()

    async def settle(self):
        """Give the verdict that is due, and correct the version table when nothing is open.

        Returns 10705, 10706, or 0 when no verdict came (the module had nothing open).
        """
        due = self._journal.record.report != NOTHING
        verdict = await self._conclude() if due else 0
        if verdict != SUCCEEDED and not self._journal.open_upgrade() and not self._journal.trial():
            # The report itself may have been refused, or have arrived damaged.
            await self._correct_table(due)
        return verdict

    async def unlock(self):
        """Write the versions although they are known: whatever was open in the module ends.

        Returns the verdict, or 0 if nothing was open.
        """
        names = list(self._targets)
        other = self._journal.record.plan.component
        unwanted = other and other not in names
        if unwanted:
            names.append(other)
        for component in names:
            await self._report(component, await self._version(component))
        verdict = await self._verdict()
        if unwanted and not self._link.restarted:
            self._journal.name_unwanted("")
        return verdict

    async def _version(self, component):
        """What to report of a component: where nobody knows it, a report ends the plan as well."""
        target = self._targets.get(component)
        version = version_of(target) if target else None
        return version or await self._quec.version(component) or "unknown"

    async def _conclude(self):
        await self.tell()
        # The report stays due on record until the module has taken it: power may fail now (T29).
        self._journal.keep()
        upgrade = self._journal.open_upgrade()
        if upgrade is None:
            verdict = await self.unlock()  # what failed was never on record
        else:
            await self._report(upgrade.component, await self._version(upgrade.component))
            verdict = await self._verdict()
        if not verdict and self._link.restarted:
            raise AtTimeout("module-restarted")  # it still waits for the verdict
        log.write("verdict %d %s" % (verdict, self._journal.record.reason))
        self._journal.done()
        return verdict

    async def _report(self, component, version):
        for _ in range(_TRIES):
            try:
                await self._quec.report_version(component, version)
                log.write("reported %s %s" % (component, version))
                return
            except AtTimeout:
                raise
            except AtError as error:
                log.write("version table: " + error.reason)
        # Not a command that arrived damaged: the table is full, and the verdict comes all the
        # same (protocol: MCUVER in an open plan).

    async def _verdict(self):
        """Wait for 10705 or 10706; of the other events those that came later stay in the queue."""
        event = await self._quec.wait_for(_OTA, (SUCCEEDED, FAILED), _VERDICT_MS, True)
        return event.code if event else 0

    async def _correct_table(self, stale):
        """Write what differs; stale: the cloud may not know the table that the module has."""
        for _ in range(_TRIES):
            known = await self._quec.versions(self._targets)
            wrong = []
            for component, target in self._targets.items():
                version = version_of(target)
                if version and known.get(component) != version:
                    wrong.append((component, version))
            if not wrong:
                break
            # The name may arrive damaged, and is another component's then: so it is looked again.
            for component, version in wrong:
                await self._report(component, version)
            stale = True
        if stale:
            # The table alone tells the cloud nothing (T30).
            await self._upload()

    async def _upload(self):
        try:
            await self._quec.upload_info()
        except AtTimeout:
            raise
        except AtError as error:
            log.write("upload: " + error.reason)
