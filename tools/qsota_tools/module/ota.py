"""The module's OTA state machine (QuecThing SDK 2.9.0)."""

import binascii
import hashlib

from qsota_tools.center.plan import MCU, MODULE
from qsota_tools.module import messages
from qsota_tools.module.download import Download
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


class Ota:
    def __init__(self, life, link, storage, options, urc, notify):
        """urc(text) tells the MCU; notify(kind, **fields) tells an observer of the simulation."""
        self._life = life
        self._link = link
        self._options = options
        self._urc = urc
        self._notify = notify
        self._download = Download(life, storage, self)
        self.on_flash = lambda version: None  # module firmware is to be flashed
        # What survives a restart of the module (4.7)
        self.state = NOPLAN
        self.component = ""
        self.target = ""
        self.kind = MCU
        self.sha256_mode = 0
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
        self._timer = None
        self._multi = False
        self._announced = False  # 10701 was sent
        self._failures = 0
        self._drop_file()

    def _drop_file(self):
        self._firmware = None
        self._file = bytearray()
        self._start = self._size = 0

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

    # From the cloud

    def plan(self, components):
        """Plan notify (0x0111): one 10700 per component, then state 1 (T15)."""
        if self.state not in (NOPLAN, REVICEPLAN) or not messages.accepts_plans(components):
            return
        if messages.valid_plans(components):
            for component in components:
                self._ota_event(messages.plan_event(component))
        self._multi = len(components) > 1
        self.component = components[-1].name
        self.kind = components[-1].kind
        self._soon(REVICEPLAN)

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
        self._firmware = firmware
        self._start = 0
        self._size = min(firmware.size, self._options.flash_free)
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
        offset, end = start - self._start, self._start + self._size
        if self.state != DOWNLOADSUCCESS or not self._start <= start < end:
            return None
        data = bytes(self._file[offset : offset + min(length, end - start)])
        if not data:
            return None
        self._arm(READ_MS, UPDATEERROR)
        self._notify("read", start=start, length=len(data), total=self._firmware.size)
        return data

    def version_set(self, name, version):
        """AT+QIOTMCUVER wrote this; while an upgrade is open it is the verdict (4.6)."""
        self._life.after(self._options.event_ms, self._judge, name, version)

    def _judge(self, name, version):
        # The module combines the state with a status that it could not report yet (T4).
        effective = self.state | self._link.cached_status
        if effective not in _OPEN or self.kind != MCU or name != self.component:
            return
        cut = self._download.active
        self._enter(UPDATESUCCESS if version == self.target else UPDATEERROR)
        if cut:
            # The HTTP layer takes its closed socket for a network error.
            self._life.after(self._options.event_ms, self.download_failed)

    @property
    def _last(self):
        return self._start + self._size >= self._firmware.size

    def _next_block(self):
        if self._last:
            return False
        # At once: a second UPDATE=2 before the download starts skips a block (T9).
        self._start += self._size
        self._soon(DOWNLOADSTART)
        return True

    def _all_read(self):
        if self._last:
            self._soon(UPDATING)
            return True
        return False

    # From the download

    def download_header(self):
        self._enter(DOWNLOADING)

    def download_progress(self, received):
        self._notify("download", received=self._start + received, total=self._firmware.size)

    def download_body(self, body):
        # Each block overwrites the file from its start; what is longer stays.
        self._file[: len(body)] = body
        self._enter(DOWNLOADSUCCESS)

    def download_failed(self):
        self._enter(DOWNLOADERROR)

    # States

    def _soon(self, state):
        self._life.after(self._options.event_ms, self._step, self.state, state)

    def _step(self, before, state):
        if self.state == before:
            self._enter(state)

    def _enter(self, state):
        self._life.cancel(self._timer)
        self._timer = None
        if state != DOWNLOADING:
            self._download.abort()
        self.state = state
        if state != NOPLAN:
            self._entries[state]()

    def _arm(self, ms, state):
        self._life.cancel(self._timer)
        self._timer = self._life.after(ms, self._enter, state)

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
        f = self._firmware
        if self._announced:
            self._ota_event("10702")
        else:
            self._ota_event(messages.start_event(f, self.sha256_mode, self._options.url_field))
        self._announced = True
        self._size = min(self._size, f.size - self._start)
        self._arm(HEADER_MS, DOWNLOADERROR)
        self._report()
        self._download.start(f.url, self._start, self._size)

    def _downloading(self):
        self._ota_event("10702")
        self._arm(TICK_MS, DOWNLOADING)
        self._report()

    def _download_error(self):
        self._failures += 1
        self._drop_file()
        if self._failures > _FAILURES_MAX:
            self._enter(UPDATEERROR)
            return
        self._report()
        self._enter(NOPLAN)

    def _block_ready(self):
        f = self._firmware
        self._report()
        if f.kind == MODULE and not self._file_matches(f.md5):
            self._enter(DOWNLOADERROR)
            return
        self._ota_event(messages.block_event(f, self._start, self._size))
        if f.kind == MODULE:
            self._enter(UPDATING)
            return
        self._arm(READ_MS, UPDATEERROR)
        self._notify("block", component=f.component, start=self._start, size=self._size)

    def _file_matches(self, md5):
        return binascii.hexlify(hashlib.md5(self._file).digest()).decode() == md5

    def _updating(self):
        self._ota_event("10704")
        if self.kind == MCU:
            self._arm(UPDATE_MS, UPDATEERROR)
        else:
            self._timer = self._life.after(FLASH_MS, self.on_flash, self.target)
        self._report()

    def _ended(self):
        success = self.state == UPDATESUCCESS
        if success and self._options.qind:
            self._urc('+QIND: "FOTA","END",0')
        self._ota_event("10705" if success else "10706")
        self._failures = 0
        self._announced = False
        self._report()
        self._enter(NOPLAN)
