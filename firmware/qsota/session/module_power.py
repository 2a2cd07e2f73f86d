# Makes a silent module answer: power key, reset, and the rate of the UART.
from asyncio import sleep_ms
from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.boot.module_uart import set_baud
from qsota.errors import AtError, AtTimeout
from qsota.session import module_mode

_TRIES = const(2)
_SYNC_MS = const(500)
_PATIENT_MS = const(8000)  # a slow module takes so long for an answer
_RATES = (9600, 57600, 115200, 230400, 460800, 921600)
_LOOK_MS = const(100)
_RETRY_MS = const(2000)  # between two AT while the module starts; its RDY ends the wait
_LISTEN_MS = const(5000)
_POWER_MS = const(750)  # to turn on takes 500, to turn off 650 to 1500
_RESET_MS = const(300)
_BOOT_MS = const(15000)


class ModulePower:
    """The module's pins ([module_pins]) and its rates ([uart]), as the board file has them."""

    def __init__(self, board, uart):
        self._board = board
        self._uart = uart
        self._rate = self._baud = board.get("uart.baud")
        self._fast = board.get("uart.fast_baud", int, self._baud)
        self._boot_ms = board.get("module_pins.boot_ms", int, _BOOT_MS)
        self._pressed = board.get("module_pins.pressed", int, 1)
        self._power = self._key("power", _POWER_MS)
        self._reset = self._key("reset", _RESET_MS)
        self._status = board.pin("module_pins.status")
        self._on = board.get("module_pins.status_on", int, 1)
        self._listening = None  # the AT client whose URCs tell of a start
        self._ready = False
        self._updating = False
        self._on_ready = self._hear_start  # bound once: they are found again by identity
        self._on_fota = self._hear_fota

    async def wake(self, at):
        """Return when the module answers AT, at the fast rate if it can.

        AtTimeout: "no-answer" when nothing helps, "module-updating" while it installs its own
        firmware.
        """
        at.start()
        self._listen(at)
        if not await self._answers(at):
            await self._restart(at)
        if self._rate != self._fast:
            await self._speed_up(at)

    async def reset(self):
        """Restart a module that answers; False where its RESET is not wired."""
        if self._reset:
            await self._press(self._reset)
        return bool(self._reset)

    def _key(self, name, ms):
        pin = self._board.pin("module_pins." + name, 1 - self._pressed)
        return None if pin is None else (pin, self._board.get("module_pins.%s_ms" % name, int, ms))

    def _listen(self, at):
        if self._listening is not at:
            self._listening = at
            at.subscribe(b"RDY", self._on_ready)
            at.subscribe(b'+QIND: "FOTA"', self._on_fota)

    def _hear_start(self, line):
        self._ready = True

    def _hear_fota(self, line):
        self._updating = True

    def close(self):
        """Nothing is heard any more."""
        if self._listening:
            self._listening.unsubscribe(self._on_ready)
            self._listening.unsubscribe(self._on_fota)
            self._listening = None

    def keep(self):
        """What the next ModulePower has to know: the rate of the UART."""
        return self._rate

    def restore(self, kept):
        """Go on where another ModulePower was."""
        self._rate = kept

    async def _answers(self, at):
        """Whether the module answers at the rate of now, or else at the other one.

        It has the other one after a reset of only one of the two: AT+IPR holds until the module's
        next start, since it is never stored with AT&W.
        """
        return await self._answers_at(at, (self._rate, self._baud, self._fast))

    async def _answers_at(self, at, rates, tries=_TRIES, wait_ms=_SYNC_MS):
        before = self._rate
        for i, rate in enumerate(rates):
            if rate not in rates[:i]:
                self._set_rate(rate)
                if await _answers_now(at, tries, wait_ms):
                    return True
        self._set_rate(before)
        return False

    async def _is_slow(self, at):
        """Whether it answers to more patience, or at a rate that its stored profile has."""
        if await self._answers_at(at, (self._baud, self._fast), 1, _PATIENT_MS):
            return True
        return self._fast != self._baud and await self._answers_at(at, _RATES, 1)

    async def _restart(self, at):
        self._set_rate(self._baud)
        on = None if self._status is None else self._status.value() == self._on
        if on is not False:
            # It may be starting by itself, and a press of the power key would turn it off.
            self._updating = False
            if await self._starts(at, _LISTEN_MS):
                return
            if self._updating:
                raise AtTimeout("module-updating")
            if await self._is_slow(at):
                return
            await module_mode.leave(at, self._board.get("uart.receive", str) == "rts")
            if await _answers_now(at):
                return
        keys = [self._power, self._reset, self._power]
        if on:
            keys = [self._reset, self._power, self._power]
        for key in keys:
            if key:
                await self._press(key)
                if await self._starts(at, self._boot_ms):
                    return
        raise AtTimeout("no-answer")

    async def _press(self, key):
        pin, ms = key
        log.write("module: key pressed for %d ms" % ms)
        pin(self._pressed)
        await sleep_ms(ms)
        pin(1 - self._pressed)

    async def _starts(self, at, ms):
        """Whether the module answers within ms."""
        deadline = ticks_add(ticks_ms(), ms)
        self._ready = False
        while ticks_diff(deadline, ticks_ms()) > 0:
            waited = 0
            while waited < _RETRY_MS and not self._ready:
                await sleep_ms(_LOOK_MS)
                waited += _LOOK_MS
            self._ready = False
            if await _answers_now(at, 1):
                return True
        return False

    async def _speed_up(self, at):
        try:
            await at.command("AT+IPR=%d" % self._fast)
        except AtTimeout:
            pass  # its rate is not known now
        except AtError as error:
            log.write("AT+IPR: " + error.reason)
            self._fast = self._baud
            return
        self._set_rate(self._fast)
        if not await _answers_now(at):
            log.write("%d baud does not work" % self._fast)
            self._fast = self._baud  # not again before the MCU's next start
            if not await self._answers(at):
                await self._restart(at)

    def _set_rate(self, rate):
        if rate != self._rate:
            set_baud(self._board, self._uart, rate)
            self._rate = rate


async def _answers_now(at, tries=_TRIES, wait_ms=_SYNC_MS):
    try:
        await at.sync(tries, wait_ms)
        return True
    except AtTimeout:
        return False
