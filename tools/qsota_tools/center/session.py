"""The connection of one module: its messages to the Center, and the Center's to it."""

from qsota_tools.center import flow
from qsota_tools.module.download import Storage


class Session:
    """What a simulated Module has as its cloud. Runs on CPython and on MicroPython.

    center: of all sessions; storage: the file server. Which device it is, the module says: its
    product key is that of AT+QIOTCFG="productinfo", its device key the DK that was set, or its
    IMEI. It is registered with its first message.
    """

    def __init__(self, center, storage=None):
        self.center = center
        self.storage = storage or Storage()
        self.module = None
        self._device = None

    def attach(self, module):
        """The module that this is the connection of."""
        self.module = module

    def recall(self):
        """Start the module with what was kept of it; here nothing is."""

    def remember(self):
        """Keep what the module keeps over a restart; here nothing is."""

    @property
    def online(self):
        return self.module.link.online

    @property
    def device(self):
        """The Device that the module is; this registers it."""
        device = self.center.register(*self._identity, session=self)
        if self._device is not device:
            self._leave()
            self._device = device
        return device

    def _leave(self):
        """The module is not this device any more: it has another key, or is gone."""
        if self._device and self._device.session is self:
            self.center.emit("disconnected", self._device)
            self._device.session = None
        self._device = None

    @property
    def _identity(self):
        return [printable(text) for text in self.module.identity]

    # From the module

    def connected(self, versions):
        """3,10200: the device sends its information."""
        self.center.emit("connected", self.device)
        self.upload(versions)
        flow.connected(self.center, self.device)

    def detach(self):
        """The module is gone."""
        self._leave()

    def disconnected(self):
        """The connection has ended."""
        self.center.emit("disconnected", self.device)

    def upload(self, versions):
        """The device's version table."""
        device = self.device
        device.versions = dict(versions)
        device.module_version = self.module.options.module_version
        device.seen = self.center.now
        self.center.touch(device)
        self.center.emit("versions", device, device.task, versions=dict(versions))
        flow.skip_done(self.center, device)

    def request(self, versions):
        """AT+QIOTOTAREQ (0x0115)."""
        self.upload(versions)
        flow.requested(self.center, self.device)

    def report(self, status, component, versions=None, sign=""):
        """A status report (0x0114); the final ones carry the version table."""
        if versions is not None:
            self.upload(versions)
        flow.reported(self.center, self.device, status, component, sign)

    def notify(self, kind, **fields):
        """What an observer of the module is told: "block", "read", "download", ..."""
        device = self._device
        if device and kind in ("download", "block", "read"):
            device.progress = dict(fields, kind=kind)
        self.center.emit(kind, device, device and device.task, **fields)

    # To the module

    def offer(self, components):
        """Plan notify (0x0111)."""
        self.module.ota.plan(components)

    def firmware(self, firmware):
        """The URL message (0x0113)."""
        self.module.ota.firmware(firmware)


def printable(text):
    """Names come from devices: they may have any character, but none that a page, a line or a
    database cannot hold."""
    return "".join([char if ord(char) >= 32 and ord(char) != 127 else "?" for char in text])
