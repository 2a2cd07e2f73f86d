"""What a device costs: requests that are paid for, reads over the UART, and boot records, in any
one hour.

Runs on CPython and on MicroPython.
"""

from qsota.boot.record import RECORD_SIZE

_HOUR_MS = 3600000
_REG = "AT+QIOTREG="
# Each of these makes the module send something to the platform.
_PAID = ("AT+QIOTOTAREQ", 'AT+QIOTINFO="up"')
_VERSION = "AT+QIOTMCUVER="
_REPORT = '","'
_READ = "AT+QIOTOTARD="


class Busiest:
    """The largest number of events in any hour."""

    def __init__(self):
        self.most = 0
        self._times = []

    def add(self, now):
        self._times.append(now)
        if now - self._times[0] > _HOUR_MS:
            self._times = [ms for ms in self._times if now - ms <= _HOUR_MS]
        self.most = max(self.most, len(self._times))


class Traffic:
    """Listens to a rig's module and to its flash."""

    def __init__(self, rig):
        self.requests = Busiest()
        self.reads = Busiest()
        self.records = Busiest()
        self.restarts = 0  # of the module
        self._rig = rig
        self._rest = rig.module.on_trace
        rig.module.on_trace = self._trace
        self._state = rig.board.config["areas"]["state"]
        self._flash = rig.flash.on_op
        rig.flash.on_op = self._operation

    def _trace(self, direction, text):
        self._rest(direction, text)
        if direction == "RX":
            self.restarts += text == "RDY"
        elif text.startswith(_READ):
            self.reads.add(self._rig.clock.now())
        elif self._paid(text):
            self.requests.add(self._rig.clock.now())

    def _paid(self, text):
        if text.startswith(_REG):
            # The same mode again costs nothing.
            return text[len(_REG) :] != "0" and self._rig.module.link.mode == 0
        if text.startswith(_VERSION):
            return _REPORT in text  # else it is a question
        return text.startswith(_PAID)

    def _operation(self, kind, offset, length):
        start, size = self._state
        if kind == "program" and start <= offset < start + size and offset % RECORD_SIZE == 0:
            self.records.add(self._rig.clock.now())
        return self._flash(kind, offset, length)
