# From a silent module to "3,10200": the platform is reached and OTA traffic can start.
from asyncio import sleep_ms
from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.errors import AtError, AtTimeout

_SUBSCRIBED = const(8)  # QIOTSTATE: ready for data and OTA
_POLL_MS = const(1000)


class Link:
    """Keeps the module registered on the platform.

    mode 1 connects now and is lost when the module restarts (T31), mode 2 is kept by the module.
    product is (PK, PS) or None when the module already knows them. wake(at), a coroutine function,
    brings a module to answer that may be off; reset(), another one, restarts it and says whether
    it could.
    """

    def __init__(self, at, quec, mode=1, product=None, wake=None, reset=None):
        self._at = at
        self._quec = quec
        self._mode = mode
        self._product = product
        self._wake = wake
        self._reset = reset
        self.restarted = False
        at.subscribe(b"RDY", self._on_ready)

    def _on_ready(self, line):
        self.restarted = True

    async def connect(self, timeout_ms=300000):
        """Bring the platform connection up; AtTimeout("no-platform") if it does not come."""
        self._at.start()
        await (self._wake(self._at) if self._wake else self._at.sync())
        self.restarted = False
        await self._at.command("ATE0")
        if await self._quec.registered_mode() != self._mode:
            await self._configure()
            await self._quec.register(self._mode)
        deadline = ticks_add(ticks_ms(), timeout_ms)
        # The URC 3,10200 may be lost, so the state is asked for as well.
        while await self._quec.state() != _SUBSCRIBED:
            if ticks_diff(deadline, ticks_ms()) <= 0:
                raise AtTimeout("no-platform")
            await sleep_ms(_POLL_MS)
        log.write("platform reached")

    async def ensure(self):
        """Connect again if the module restarted unnoticed or lost the platform."""
        if self.restarted or await self._quec.state() != _SUBSCRIBED:
            await self.connect()

    async def reset_module(self):
        """Restart the module and connect again; False where no line for that is wired."""
        if self._reset is None or not await self._reset():
            return False
        await self.connect()
        return True

    async def _configure(self):
        # Settings can be changed in mode 0 only, and writing the product drops the device's
        # secret, so it is written only when it differs (T32).
        wanted = self._product and await self._quec.product_info() != self._product
        if await self._quec.registered_mode() != 0:
            await self._quec.register(0)
        if wanted:
            await self._quec.set_product_info(self._product[0], self._product[1])
        try:
            # Otherwise received data comes as raw bytes inside a URC (B10).
            await self._quec.buffer(True)
        except AtError as error:
            log.write("buffer mode: " + error.reason)
