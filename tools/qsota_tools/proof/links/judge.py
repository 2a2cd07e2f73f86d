"""The judge of a run: sees flash, the wire and the cloud, and believes nothing the device says.

Runs on CPython and on MicroPython.
"""

from qsota import log
from qsota_tools.proof.lab.apps import good_app

_REPORT = b'AT+QIOTMCUVER="MCU","'


class Judge:
    """images: version -> image bytes that may run. `problems` is what must never happen.

    application(rig, device) runs in each version.
    """

    def __init__(self, rig, images):
        self.problems = []
        self.longest_gap_ms = 0
        self.confirmed_ms = 0  # when the last plan was taken
        self.application = good_app
        self._rig = rig
        self._images = images
        self._waiting_since = None
        rig.apps = dict.fromkeys(images, self._app)
        rig.uart.tx.filters.append(self._sent)
        rig.cloud.on_event = self._event
        log.sink = self._logged

    def problem(self, text):
        if text not in self.problems:
            self.problems.append(text)

    async def _app(self, rig, device):
        if not rig.runs_whole(self._images[device.version]):
            self.problem("wrong-image")
        await self.application(rig, device)

    def _sent(self, data):
        """Only the running, confirmed version may ever be reported."""
        if data.startswith(_REPORT):
            version = data[len(_REPORT) :].split(b'"')[0].decode()
            if version != self._rig.running or self._rig.trial:
                self.problem("wrong-version-reported")
        return data

    def _event(self, kind, fields):
        """The longest time for which the module waits for a read while it holds a block."""
        now = self._rig.clock.now()
        if self._waiting_since is not None and kind == "read":
            self.longest_gap_ms = max(self.longest_gap_ms, now - self._waiting_since)
        if kind in ("read", "block"):
            self._waiting_since = now
        elif kind in ("status", "power-down"):
            self._waiting_since = None
        elif kind == "confirmed":
            self.confirmed_ms = now

    def _logged(self, text):
        """An exception that is none of the product's own shows as its repr."""
        for mark in ("failed: ", "URC handler: "):
            if text.startswith(mark) and "(" in text:
                self.problem("exception: " + text[len(mark) :])
