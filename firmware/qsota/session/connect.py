# From a silent module to "3,10200": the platform is reached and OTA traffic can start.
from asyncio import sleep_ms
from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.errors import AtError, AtTimeout
from qsota.session import module_mode
from qsota.session.quecthing import valid_field

_SUBSCRIBED = const(8)  # QIOTSTATE: ready for data and OTA
_LEAVING = const(10)
_POLL_MS = const(1000)
_POLL_MAX_MS = const(30000)
_LEAVE_MS = const(10000)
_AGAIN_MS = const(600000)  # between two registrations that are made anew, then twice as long
_AGAIN_MAX_MS = const(4800000)


class Link:
    """Keeps the module registered on the platform.

    mode 1 connects now and is lost when the module restarts (T31), mode 2 is kept by the module.
    product is (PK, PS) or None when the module already knows them. wake(at), a coroutine function,
    brings a module to answer that may be off; reset(), another one, restarts it and says whether
    it could. rts: the module's flow control input is wired.
    """

    def __init__(self, at, quec, mode=1, product=None, wake=None, reset=None, rts=False):
        self._at = at
        self._quec = quec
        self._inbox = quec.inbox
        self._mode = mode
        self._product = product
        self._wake = wake
        self._rts = rts
        self._reset = reset
        self._lost = False  # the platform did not come the last time
        self._renewed = ticks_ms()  # when the registration was made anew ...
        self._again_ms = 0  # ... and for how long not again
        if product and not (valid_field(product[0]) and valid_field(product[1])):
            log.write("product: bad or longer than 32")
            self._product = None

    def keep(self):
        """What the next Link has to know."""
        return self._lost, self._renewed, self._again_ms, self._quec.fatal

    def restore(self, kept):
        """Go on where another Link was."""
        self._lost, self._renewed, self._again_ms, self._quec.fatal = kept

    async def connect(self, timeout_ms=300000):
        """Bring the platform connection up; AtTimeout("no-platform") if it does not come."""
        self._at.start()
        if self._wake:
            await self._wake(self._at)
        else:
            await module_mode.reach(self._at, self._rts)
        self._inbox.restarted = False
        await module_mode.settle(self._at, self._rts)
        await self._configure()
        if not await self._reach(timeout_ms):
            self._lost = True
            raise AtTimeout("no-platform")
        self._lost = False
        self._again_ms = 0
        log.write("platform reached")

    async def reset_module(self):
        """Restart the module and connect again; False where no line for that is wired."""
        if self._reset is None or not await self._reset():
            return False
        await self.connect()
        return True

    # --- settings

    async def _configure(self):
        """Write the settings that differ, and register.

        That can be done in mode 0 only, and writing the product drops the device's secret (T32).
        """
        quec = self._quec
        product = self._product and await quec.product_info() != self._product
        unbuffered = await quec.buffered() is False
        mode = await quec.registered_mode()
        if mode != 0 and (product or unbuffered or mode != self._mode):
            await self._deregister()
            mode = 0
        if product:
            await self._try(quec.set_product_info(self._product[0], self._product[1]))
        if mode == 0:
            # Otherwise received data comes as raw bytes inside a URC (B10).
            await self._try(quec.buffer(True))
            await quec.register(self._mode)

    async def _try(self, setting):
        try:
            await setting
        except AtTimeout:
            raise
        except AtError as error:
            log.write("setting: " + error.reason)

    # --- registration

    async def _reach(self, timeout_ms):
        """Whether the platform is reached in time.

        The URC 3,10200 may be lost, so the state is asked for as well.
        """
        end = ticks_add(ticks_ms(), timeout_ms)
        pause = _POLL_MS
        while await self._quec.state() != _SUBSCRIBED:
            if ticks_diff(end, ticks_ms()) <= 0:
                return False
            if self._quec.fatal or self._lost:
                await self._renew()
            await self._quec.link_change(pause)
            pause = min(2 * pause, _POLL_MAX_MS)
        return True

    async def _renew(self):
        """Register anew, 0 to 1: the module does not try again by itself, or in vain."""
        if self._again_ms and ticks_diff(ticks_ms(), self._renewed) < self._again_ms:
            return
        log.write("registered anew after %d" % self._quec.fatal)
        self._quec.fatal = 0
        self._renewed = ticks_ms()
        self._again_ms = min(max(_AGAIN_MS, 2 * self._again_ms), _AGAIN_MAX_MS)
        await self._deregister()
        await self._quec.register(self._mode)

    async def _deregister(self):
        await self._quec.register(0)
        end = ticks_add(ticks_ms(), _LEAVE_MS)
        while await self._quec.state() == _LEAVING and ticks_diff(end, ticks_ms()) > 0:
            await sleep_ms(_POLL_MS)
