"""The module's OTA state machine (QuecThing SDK 2.9.0)."""

from qsota_tools.center.plan import MCU, MODULE
from qsota_tools.module import messages
from qsota_tools.module.block import Block
from qsota_tools.module.download import Download
from qsota_tools.module.ota_machine import Machine
from qsota_tools.module.states import (
    DOWNLOADERROR,
    DOWNLOADING,
    DOWNLOADSTART,
    DOWNLOADSUCCESS,
    NOPLAN,
    REFUSEDOTA,
    REVICEPLAN,
    SUBMITOTA,
    UPDATEERROR,
    UPDATESUCCESS,
    UPDATING,
)

URL_MS = 30000  # confirmed, but no URL
HEADER_MS = 5000  # HTTP request without a header
TICK_MS = 5000  # 10702 while downloading
READ_MS = 60000  # block in flash, no valid AT+QIOTOTARD
UPDATE_MS = 1200000  # updating, no version report
FLASH_MS = 5000  # module firmware: verified, about to be flashed

_OPEN = (SUBMITOTA, DOWNLOADSTART, DOWNLOADING, DOWNLOADERROR, DOWNLOADSUCCESS, UPDATING)
_BEFORE_BLOCK = (SUBMITOTA, DOWNLOADSTART, DOWNLOADING, DOWNLOADERROR, DOWNLOADSUCCESS)
_FAILURES_MAX = 5


class Ota(Machine):
    def __init__(self, life, link, storage, options, urc, notify):
        """urc(text) tells the MCU; notify(kind, **fields) tells an observer of the simulation."""
        super().__init__(life, options)
        self._link = link
        self._urc = urc
        self._notify = notify
        self._download = Download(life, storage, self)
        self._block = Block()
        self.on_flash = lambda version: None  # module firmware is to be flashed
        # What survives a restart of the module, besides the state (4.7)
        self.component = ""
        self.target = ""
        self.kind = MCU
        self.sha256_mode = 0
        self.saved_mode = 0
        self._forget()
        self._entries = {
            REVICEPLAN: self._report,
            SUBMITOTA: self._submitted,
            REFUSEDOTA: self._refused,
            DOWNLOADSTART: self._download_start,
            DOWNLOADING: self._downloading,
            DOWNLOADERROR: self._download_error,
            DOWNLOADSUCCESS: self._block_ready,
            UPDATING: self._updating,
            UPDATESUCCESS: self._ended,
            UPDATEERROR: self._ended,
        }

    def _forget(self):
        self._disarm()
        self._multi = False
        self._announced = False  # 10701 was sent
        self._failures = 0
        self._block.drop()
        self.sha256_mode = self.saved_mode

    def save(self):
        """The settings are written to flash; with anything else the request mode is, too."""
        self.saved_mode = self.sha256_mode

    # Power

    def power_down(self):
        self._download.abort()

    def power_up(self, module_version):
        """What a restart makes of the state; reports wait for the connection (4.7)."""
        before, self.state = self.state, NOPLAN
        self._forget()
        if before in _BEFORE_BLOCK:
            self._enter(DOWNLOADERROR)
        elif before == UPDATING and self.kind == MCU:
            self._enter(UPDATING)
        elif before == UPDATING:
            same = module_version == self.target
            self._enter(UPDATESUCCESS if same else UPDATEERROR)

    def lose_plan(self):
        """The plan is gone without a word (P2)."""
        self._download.abort()
        self._forget()
        self._enter(NOPLAN)

    # From the cloud

    def plan(self, components):
        """Plan notify (0x0111): one 10700 per component, then state 1 (T15)."""
        if self.state not in (NOPLAN, REVICEPLAN) or not messages.accepts_plans(components):
            return
        for component in components:
            if messages.valid_plan(component):
                self._ota_event(messages.plan_event(component))
        self._multi = len(components) > 1
        self.component = components[-1].name
        self.kind = components[-1].kind
        self._life.after(self._options.event_ms, self._step, self.state, REVICEPLAN)

    def firmware(self, firmware):
        """Firmware information (0x0113), the URL message."""
        if self.state not in (NOPLAN, SUBMITOTA):
            return
        self.component = firmware.component or ""
        self.kind = firmware.kind
        if not messages.usable(firmware, self.sha256_mode, self._options.flash_free):
            self._enter(UPDATEERROR)
            return
        self.target = firmware.target
        self._block.first(firmware, self._options.flash_free)
        self._enter(DOWNLOADSTART)

    # From the MCU

    def action(self, number):
        """AT+QIOTUPDATE: True if the answer is OK. The state follows a little later."""
        if number in (0, 1) and self.state == REVICEPLAN:
            if self._multi:
                self._ota_event("10707")  # the one event that comes before the OK (T18)
            self._soon(SUBMITOTA if number else REFUSEDOTA)
            return True
        if number == 1:
            return self.state == SUBMITOTA
        if number in (2, 3) and self.state == DOWNLOADSUCCESS:
            return self._next_block() if number == 2 else self._all_read()
        return number == 3 and self.state == UPDATING and self.kind == MCU

    def read(self, start, length):
        """AT+QIOTOTARD: the bytes, clipped to the block, or None for ERROR."""
        data = self._block.read(start, length) if self.state == DOWNLOADSUCCESS else b""
        if not data:
            return None
        self._wait_for_mcu(READ_MS)
        self._notify("read", start=start, length=len(data), total=self._block.total)
        return data

    def version_set(self, name, version):
        """AT+QIOTMCUVER wrote this; while an upgrade is open it is the verdict (4.6)."""
        self.save()
        self._effect(self._judge, name, version)

    def _judge(self, name, version):
        # The module combines the state with a status that it could not report yet (T4).
        effective = self.state | self._link.cached_status
        if effective not in _OPEN or self.kind != MCU or name != self.component:
            return
        cut = self._download.active
        self._download.abort()
        self._enter(UPDATESUCCESS if version == self.target else UPDATEERROR)
        if cut:
            # The HTTP layer takes its closed socket for a network error.
            self._life.after(self._options.event_ms, self.request_failed)

    def _next_block(self):
        if self._block.last:
            return False
        # At once: a second UPDATE=2 before the download starts skips a block (T9).
        self._block.start += self._block.size
        self._soon(DOWNLOADSTART)
        return True

    def _all_read(self):
        if self._block.last:
            self._soon(UPDATING)
            return True
        return False

    # From the requests, also from one that the header timer gave up: unconditional (D2, D3)

    def request_header(self):
        self._enter(DOWNLOADING)

    def request_progress(self, received):
        self._notify("download", received=self._block.start + received, total=self._block.total)

    def request_body(self, body):
        self._block.fill(body)
        self._enter(DOWNLOADSUCCESS)

    def request_failed(self):
        self._enter(DOWNLOADERROR)

    def download_failed(self):
        """The network ends the request under way."""
        self._download.abort()
        self.request_failed()

    # States

    def _report(self, sign=""):
        self._link.report(self.state, self.component, sign)

    def _ota_event(self, text):
        self._urc("+QIOTEVT: 7," + text)

    def _submitted(self):
        self._arm(URL_MS, UPDATEERROR)
        self._report("sha256" if self.sha256_mode == 1 else "")

    def _refused(self):
        self._report()
        self._enter(NOPLAN)

    def _download_start(self):
        f = self._block.firmware
        if self._announced:
            self._ota_event("10702")
        else:
            self._ota_event(messages.start_event(f, self.sha256_mode, self._options.url_field))
        self._announced = True
        self._block.shrink()
        # This timer closes no connection.
        self._arm(HEADER_MS, DOWNLOADERROR)
        self._report()
        if not self._download.start(f.url, self._block.start, self._block.size):
            self._block.size = 0  # D4

    def _downloading(self):
        self._ota_event("10702")
        self._arm(TICK_MS, DOWNLOADING)
        self._report()

    def _download_error(self):
        self._failures += 1
        self._block.drop()
        if self._failures > _FAILURES_MAX:
            self._enter(UPDATEERROR)
            return
        self._report()
        self._enter(NOPLAN)

    def _block_ready(self):
        f, block = self._block.firmware, self._block
        self._report()
        if not block.total:
            return  # neither an event nor a timer: silent until a version or a restart (D2, D9)
        if f.kind == MODULE and block.md5() != f.md5:
            self._enter(DOWNLOADERROR)
            return
        self._ota_event(messages.block_event(f, block.start, block.size))
        if f.kind == MODULE:
            self._enter(UPDATING)
            return
        self._wait_for_mcu(READ_MS)
        self._notify("block", component=f.component, start=block.start, size=block.size)

    def _updating(self):
        self._ota_event("10704")
        if self.kind == MCU:
            self._wait_for_mcu(UPDATE_MS)
        else:
            self._timer = self._life.after(FLASH_MS, self.on_flash, self.target)
        self._report()

    def _wait_for_mcu(self, ms):
        self._arm(ms * self._options.patience, UPDATEERROR)

    def _ended(self):
        success = self.state == UPDATESUCCESS
        if success and self._options.qind:
            self._urc('+QIND: "FOTA","END",0')
        self._ota_event("10705" if success else "10706")
        self._failures = 0
        self._announced = False
        self._report()
        self._enter(NOPLAN)
