# The updater's task: sessions with the module for as long as the MCU runs, and nothing in between.
import gc
from asyncio import current_task, sleep_ms
from time import ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.errors import QsotaError
from qsota.resident import handover, phases, status

_SECOND_MS = const(1000)
_LOOK_MS = const(100)
_RETRY_MS = const(10000)
_RETRY_MAX_MS = const(600000)
_REQUEST_MS = const(21600000)  # a plan is asked for this often, besides the cloud's own pushes
_TRIES = const(2)  # of an update for which there is no memory
_QUICK = const(5)  # sessions that may fail before the time in between doubles, or memory is short
_LAST = const(8)  # ... before an updater alone restarts the board for memory
_LOST = const(64)  # ... before those that could not even be counted as such wait as long as others
_REGISTER, _ASKED = const(2), const(8)  # as boot/tally.py has them
_REACH = "qsota.session.reach"
_SESSION = "qsota.session.assembly"
_UPDATE = "qsota.update.download"
_TALLY = "qsota.boot.tally"
_TRIAL = "qsota.session.trial"
# For how long an application may put a restart off: the module waits for 60 s before it ends a
# download that nobody reads, and for 20 minutes for the version after it.
_ASIDE_MS = const(30000)
_TRIAL_MS = const(300000)
_ASKED_MS = const(300000)  # a callable has answered by then, or is not waited for any longer


class Updater:
    """Runs as long as the application does; every failure ends in a new session, never in silence.

    The code of a session is in memory only while there is something to do. What it finds here:
    at, inbox, status, version; the application's callables; memory, link, rate: what the session
    before left; connected: that was a registration which still holds; moved: an upgrade succeeded
    in it; starved: there was no memory for an update; way, need: where one is to run, and the heap
    that it takes; passed: the trial is to be confirmed, when the platform is reached if not
    before.
    """

    def __init__(self, at, inbox, state, version, callables):
        self.at = at
        self.inbox = inbox
        self.status = state
        self.version = version
        self.battery, self.signal, self.consent, self.targets, self.feed, self._may = callables
        self.request_ms = _REQUEST_MS
        self.memory = self.link = self.rate = None
        self.starved = False
        self.way, self.need = "auto", 0
        self.passed = False
        self._stuck = False  # an update, by the application's own library or for want of room
        self._begun = ticks_ms()
        self.connected = False
        self.moved = False
        self._called = False  # something changed that a session has to see to
        self._failures = 0  # registrations in a row that came to nothing

    async def run(self):
        """The updater's task; returns only into a trial, and when it is called again.

        It may be called again at any time, on whatever event loop: the earlier run is over then,
        and what it asks just now is answered. Not by the callable that is asked: with the earlier
        run its task would end as well.
        """
        if log.asked is current_task():
            return log.write("run: not while it asks")
        # What is asked may wait for this task, and would end it together with the earlier run.
        begun = ticks_ms()
        while log.asked and ticks_diff(ticks_ms(), begun) < _ASKED_MS:
            await sleep_ms(_LOOK_MS)
        life = None
        while life is None:
            try:
                self._stop()
                life = self.inbox.life = self._sessions()
            except MemoryError:
                gc.collect()
                await sleep_ms(_SECOND_MS)
        try:
            await life
        except RuntimeError:
            pass  # _stop() has closed it, and CPython says so

    def _stop(self):
        """End a run, also of an updater before this one, or on an event loop which is no more."""
        self.connected = False
        life, self.inbox.life = self.inbox.life, None
        if life:
            life.close()

    def call(self):
        """Have a session see to what has changed, on record for example."""
        self._called = True

    async def _sessions(self):
        while True:
            try:
                if await self._registration():
                    return handover.state.reset()
            except Exception:
                # There was no memory, not even to say so. Nothing here takes any; the session may
                # have been paid for.
                gc.collect()
                wait_ms = self._wait_ms()
                await sleep_ms(wait_ms if self._failures > _LOST else _SECOND_MS)

    async def _registration(self):
        """Sessions until the module restarts or one fails, and the pause after that; True if an
        image awaits its trial."""
        begun = ticks_ms()
        self.moved = self.status.moved = self.connected = False
        error = None
        try:
            rest = 0
            while rest is not None:
                await self._rest(rest)
                self._called = False
                if not self.connected:
                    await phases.run(_REACH, self, False)
                rest = await phases.run(_SESSION, self)
                while isinstance(rest, tuple):
                    if await self._update(rest):
                        return True
                    rest = await phases.run(_SESSION, self)
        except Exception as caught:
            # Whatever it is, updates must stay possible.
            error = caught
        gc.collect()
        self.connected = False
        if isinstance(error, phases.LACK) and await self._is_starved():
            return True
        if error:
            self.status.fail(error.reason if isinstance(error, QsotaError) else repr(error))
        self.status.enter(status.OFFLINE)
        if self.moved or self.status.moved or ticks_diff(ticks_ms(), begun) > _RETRY_MAX_MS:
            self._failures = 0
        await self._pause(error is not None and self.status.reason == "no-answer")
        return False

    async def _update(self, download):
        """Beside the application, or by a restart into the updater alone; True: restart now."""
        # An updater alone does not know the targets of further components.
        own = download[1] not in self.targets
        if own and not handover.state.alone and self._is_narrow():
            await self._permission(_ASIDE_MS)
            if phases.call(_TALLY, "aside"):
                log.write("restart: an update takes the application's place")
                return True
        done, self._stuck = False, bool(handover.state.library)
        for _ in range(_TRIES):
            try:
                done = await phases.run(_UPDATE, self, *download)
                break
            except phases.LACK:
                gc.collect()
        else:
            self.starved = True
        if done:
            await self._permission(_TRIAL_MS)
        elif self.way == "auto":
            reason = self.status.reason
            self._stuck |= self.starved or "no-memory" in reason or "RuntimeError" in reason
        return done

    async def _is_starved(self):
        """No session fits beside this application: the updater alone asks for a plan in its place,
        once after a start, and as often as a session would. If it is alone already, a start gives
        back what memory is there. True: restart now."""
        if handover.state.alone:
            return self._failures >= _LAST
        if self.way == "beside" or self._failures < _QUICK:
            return False
        if handover.state.trial:
            if self.passed and not handover.state.library:  # confirm() found no memory, either
                log.call("confirm", phases.call, _TRIAL, "confirmed")
            return False  # a restart would cost it an attempt
        if handover.state.back and ticks_diff(ticks_ms(), self._begun) < self.request_ms:
            return False
        await self._permission(_TRIAL_MS)
        try:
            return phases.call(_TALLY, "aside")
        except phases.LACK:
            return aside()

    def _is_narrow(self):
        if self._stuck:
            return True  # the root's library, and all of heap and stack: the next one has them
        if self.way != "auto":
            return self.way == "instead"
        gc.collect()
        return hasattr(gc, "mem_free") and gc.mem_free() < self.need

    async def _permission(self, ms):
        """Until the application lets the board restart, at most for that long."""
        begun = ticks_ms()
        while self._may and log.call("may_restart", self._may) is False:
            if ticks_diff(ticks_ms(), begun) >= ms:
                log.write("restart: not waited for any longer")
                return
            await sleep_ms(_SECOND_MS)

    async def _rest(self, ms):
        """Until ms have passed, or there is something to do."""
        inbox, begun = self.inbox, ticks_ms()
        while not (inbox.restarted and self.connected or inbox.has_news() or self._called):
            if ticks_diff(ticks_ms(), begun) >= ms:
                return
            self.at.rest()
            await sleep_ms(_LOOK_MS)

    async def _pause(self, silent):
        """Between two registrations, at most one in 10 minutes when they come to nothing.

        silent: the module did not answer, so nothing was paid for, and its start ends the pause.
        """
        left = self._wait_ms()
        self.inbox.restarted = False
        while left > 0 and not (silent and self.inbox.restarted):
            await sleep_ms(_SECOND_MS)
            left -= _SECOND_MS

    def _wait_ms(self):
        """Count one more that came to nothing; the time until the next one."""
        doubled = max(0, self._failures - _QUICK)
        self._failures += 1
        return min(_RETRY_MS << min(doubled, 6), _RETRY_MAX_MS)


def aside():
    """As boot/tally.py has it, where there is no memory for that; False if no register of the chip
    keeps it."""
    tally = handover.state.tally
    if not (tally and tally[_REGISTER]):
        return False
    import machine

    machine.mem32[tally[_REGISTER]] |= _ASKED
    return bool(machine.mem32[tally[_REGISTER]] & _ASKED)
