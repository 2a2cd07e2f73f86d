# The connection as it was made last. What it takes to make it again is loaded only then.
from micropython import const

from qsota.resident import phases

REACH = "qsota.session.reach"
_SUBSCRIBED = const(8)


class Connection:
    """What a session and an update see of the Link, which both have to go by."""

    def __init__(self, updater, quec):
        self._updater = updater
        self._quec = quec
        quec.fatal = updater.link[-1]

    @property
    def restarted(self):
        """The module has started since it was connected."""
        return self._updater.inbox.restarted

    async def ensure(self):
        """Connect again if the module restarted unnoticed or lost the platform."""
        if self.restarted or await self._quec.state() != _SUBSCRIBED:
            await self.connect()

    async def connect(self):
        """As Link.connect()."""
        await self._reach(False)

    async def reset_module(self):
        """As Link.reset_module()."""
        return await self._reach(True)

    async def _reach(self, reset):
        updater, quec = self._updater, self._quec
        updater.link = updater.link[:-1] + (quec.fatal,)
        try:
            return await phases.run(REACH, updater, reset)
        finally:
            quec.fatal = updater.link[-1]
