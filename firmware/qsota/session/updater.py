# The updater's task: one session with the module after another, for as long as the MCU runs.
import gc
from asyncio import sleep_ms
from time import ticks_diff, ticks_ms

from micropython import const

from qsota.errors import QsotaError
from qsota.session import status

_SECOND_MS = const(1000)
_RETRY_MS = const(10000)
_RETRY_MAX_MS = const(600000)
_QUICK = const(5)  # sessions that may fail before the time in between doubles


class Updater:
    """Runs as long as the application does; every failure ends in a new session, never in silence.

    restart() resets the MCU into the trial.
    """

    def __init__(self, session, link, restart):
        self.session = session
        self.status = session.status
        self._link = link
        self._restart = restart
        self._life = None
        self._failures = 0  # sessions in a row that came to nothing

    async def run(self):
        """The updater's task; returns only where restart() does, and when it is called again.

        It may be called again at any time, on whatever event loop: the earlier run is over then.
        """
        self.stop()
        while self._life is None:
            try:
                self._life = self._sessions()
            except MemoryError:
                gc.collect()
                await sleep_ms(_SECOND_MS)
        life = self._life
        try:
            await life
        except RuntimeError:
            pass  # stop() has closed it, and CPython says so

    def stop(self):
        """End a run that may belong to an event loop which is no more."""
        life, self._life = self._life, None
        if life:
            life.close()

    async def _sessions(self):
        while True:
            try:
                if await self._session():
                    return self._restart()
            except Exception:
                # There was no memory, not even to say so. Nothing here takes any.
                gc.collect()
                await sleep_ms(_SECOND_MS)

    async def _session(self):
        """One session, and the pause after it unless it led to an image which awaits its trial."""
        begun = ticks_ms()
        self.session.moved = self.status.moved = False
        error = None
        try:
            if await self.session.run():
                return True
        except Exception as caught:
            # Whatever it is, updates must stay possible.
            error = caught
        gc.collect()
        if error:
            self.status.fail(error.reason if isinstance(error, QsotaError) else repr(error))
        self.status.enter(status.OFFLINE)
        moved = self.session.moved or self.status.moved
        if moved or ticks_diff(ticks_ms(), begun) > _RETRY_MAX_MS:
            self._failures = 0
        await self._pause(error is not None and self.status.reason == "no-answer")
        return False

    async def _pause(self, silent):
        """Between two sessions, at most one in 10 minutes when they come to nothing.

        silent: the module did not answer, so nothing was paid for, and its start ends the pause.
        """
        doubled = max(0, self._failures - _QUICK)
        self._failures += 1
        left = min(_RETRY_MS << min(doubled, 6), _RETRY_MAX_MS)
        self._link.restarted = False
        while left > 0 and not (silent and self._link.restarted):
            await sleep_ms(_SECOND_MS)
            left -= _SECOND_MS
