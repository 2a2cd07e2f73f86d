"""The host at the other end of the chip's USB: what is printed, what is typed."""

from collections.abc import Callable

from rp2040py.usb.cdc import USBCDC

_ENDPOINT_ZERO = 0
_LAST_FRAME = 0x48  # the register with the number of the last frame
_TURNAROUND_NS = 20_000


class UsbHost:
    """on_data(bytes) gets what the board prints; `up` is whether it is on the bus.

    rp2040py answers each request for typed bytes at once, with none if there are none, and the
    firmware then asks again at once: it never sleeps. A real host lets it wait, and so does this.
    """

    def __init__(self, rp2040):
        self.up = False
        self.on_data: Callable[[bytes], None] = lambda data: None
        self._cdc = USBCDC(rp2040.usb_ctrl)
        self._cdc.on_serial_data = lambda data: self.on_data(bytes(data))
        self._cdc.on_device_connected = self._connected
        self._keys = bytearray()
        self._waiting: tuple[int, int] | None = None  # the request that was not answered yet
        usb = rp2040.usb_ctrl
        self._answer, self._forget = usb.on_endpoint_read, usb.on_reset
        usb.on_endpoint_read, usb.on_reset = self._asked, self._gone
        # rp2040py counts no frames as a device; a real host sends one each millisecond.
        self._clock, self._register = rp2040.clock, usb.read_uint32
        usb.read_uint32 = self._read
        self._turnaround = rp2040.clock.create_alarm(self._serve)

    def type(self, data: bytes) -> None:
        """Type; lost while the board is not on the bus."""
        if not self.up:
            return
        self._keys += data
        if self._waiting:
            self._turnaround.schedule(_TURNAROUND_NS)

    def _read(self, offset: int) -> int:
        if offset == _LAST_FRAME and self.up:
            return int(self._clock.nanos // 1_000_000) & 0x7FF
        return self._register(offset)

    def _connected(self) -> None:
        self.up = True

    def _gone(self) -> None:
        self.up, self._waiting = False, None
        self._keys.clear()
        self._turnaround.cancel()
        self._forget()

    def _asked(self, endpoint: int, size: int) -> None:
        if endpoint == _ENDPOINT_ZERO:
            self._answer(endpoint, size)
            return
        self._waiting = (endpoint, size)
        if self._keys:
            self._serve()

    def _serve(self) -> None:
        endpoint, size = self._waiting
        self._waiting = None
        for byte in self._keys[:size]:
            self._cdc.send_serial_byte(byte)
        del self._keys[:size]
        self._answer(endpoint, size)
