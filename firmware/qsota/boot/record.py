# The boot record in flash: an append-only log in two erase units, of which the newest record with
# a valid CRC wins. In memory only while one is read or written; what it says: record_data.py.
import struct
from binascii import crc32

from micropython import const

from qsota.boot.record_data import BAD, REPORT_OLD, Plan, Record, SlotState, Upgrade
from qsota.errors import FlashError

# A multiple of every program unit: 256 (RP2), 32 and 16 bytes (ECC words).
RECORD_SIZE = const(512)

_MAGIC = b"QSBR"
_BLANK = b"\xff\xff\xff\xff"
_FORMAT = const(1)
_HEAD = "<4sBBBBII"  # magic, format, active, report, tally, seq, floor
_SLOT = "<BBHII32s64s"  # state, attempts, 0, size, counter, sha256, version
_UPGRADE = "<BBHI16s32s32s64s"  # present, flags, 0, length, md5, sha256, component, target
_HAS_SHA256, _HAS_MD5, _OPEN, _TOLD = const(1), const(2), const(4), const(8)
_REASON = "<32s"
_STAGE = "<BBHIII"  # wire form, vain, 0, origin, saved, tail: of the upgrade, but for vain
_PLAN = "<HBB32s40s"  # key, tries, resumes, component, target
_SLOT_AT = (16, 124)
_UPGRADE_AT = const(232)
_REASON_AT = const(384)
_STAGE_AT = const(416)
_VAIN_AT = const(417)
_PLAN_AT = const(432)
_CRC_AT = const(508)
_MASK = const(0xFFFFFFFF)
_READS = const(3)


def pack_into(rec, buf):
    """Write rec into the first 512 bytes of buf; ValueError for a text that is too long."""
    view = memoryview(buf)[:RECORD_SIZE]
    view[:] = bytes(RECORD_SIZE)
    head = (_MAGIC, _FORMAT, rec.active, rec.report, rec.tally, rec.seq, rec.floor)
    struct.pack_into(_HEAD, view, 0, *head)
    for at, slot in zip(_SLOT_AT, rec.slots):
        version = _field(slot.version, 64)
        fields = (slot.state, slot.attempts, 0, slot.size, slot.counter, slot.sha256, version)
        struct.pack_into(_SLOT, view, at, *fields)
    if rec.upgrade:
        _pack_upgrade(rec.upgrade, view)
    view[_VAIN_AT] = rec.vain
    struct.pack_into(_REASON, view, _REASON_AT, _field(rec.reason, 32))
    plan = rec.plan
    names = (_field(plan.component, 32), _field(plan.target, 40))
    struct.pack_into(_PLAN, view, _PLAN_AT, plan.key, plan.tries, plan.resumes, *names)
    struct.pack_into("<I", view, _CRC_AT, crc32(view[:_CRC_AT]))


def _pack_upgrade(upgrade, view):
    names = (_field(upgrade.component, 32), _field(upgrade.target, 64))
    flags = _HAS_SHA256 if upgrade.sha256 else 0
    flags |= _HAS_MD5 if upgrade.md5 else 0
    flags |= _OPEN if upgrade.open else 0
    flags |= _TOLD if upgrade.told else 0
    fields = (1, flags, 0, upgrade.length, upgrade.md5, upgrade.sha256) + names
    struct.pack_into(_UPGRADE, view, _UPGRADE_AT, *fields)
    stage = (upgrade.form, 0, 0, upgrade.origin, upgrade.saved, upgrade.tail)
    struct.pack_into(_STAGE, view, _STAGE_AT, *stage)


def _field(text, limit):
    data = text.encode()
    if len(data) > limit:
        raise ValueError("too long for the record")
    return data


def unpack(buf):
    """The Record in the first 512 bytes of buf, or None if it is not a whole, valid one."""
    view = memoryview(buf)
    if len(view) < RECORD_SIZE or view[:4] != _MAGIC:
        return None
    if crc32(view[:_CRC_AT]) != struct.unpack_from("<I", view, _CRC_AT)[0]:
        return None
    rec = Record()
    head = struct.unpack_from(_HEAD, view, 0)
    _, form, rec.active, rec.report, rec.tally, rec.seq, rec.floor = head
    if form != _FORMAT or rec.active > 1 or rec.report > REPORT_OLD:
        return None
    try:
        rec.slots = [_unpack_slot(view, at) for at in _SLOT_AT]
        rec.upgrade = _unpack_upgrade(view)
        rec.vain = view[_VAIN_AT]
        rec.reason = _text(struct.unpack_from(_REASON, view, _REASON_AT)[0])
        key, tries, resumes, component, target = struct.unpack_from(_PLAN, view, _PLAN_AT)
        rec.plan = Plan(key, tries, resumes, _text(component), _text(target))
    except UnicodeError:
        return None
    return None if max(slot.state for slot in rec.slots) > BAD else rec


def _unpack_slot(view, at):
    state, attempts, _, size, counter, sha256, version = struct.unpack_from(_SLOT, view, at)
    return SlotState(state, attempts, size, sha256, _text(version), counter)


def _unpack_upgrade(view):
    present, flags, _, length, md5, sha256, component, target = struct.unpack_from(
        _UPGRADE, view, _UPGRADE_AT
    )
    if not present:
        return None
    upgrade = Upgrade(
        _text(component),
        _text(target),
        length,
        md5 if flags & _HAS_MD5 else b"",
        sha256 if flags & _HAS_SHA256 else b"",
        bool(flags & _OPEN),
    )
    stage = struct.unpack_from(_STAGE, view, _STAGE_AT)
    upgrade.form, _, _, upgrade.origin, upgrade.saved, upgrade.tail = stage
    upgrade.told = bool(flags & _TOLD)
    return upgrade


def _text(field):
    return field.rstrip(b"\0").decode()


def _is_newer(seq, other):
    return 0 < (seq - other) & _MASK < 0x80000000


class RecordLog:
    """The log on an area of two erase units; the newest record survives a cut at any moment.

    What was being erased or programmed when the power failed may read well now and not later, or
    read blank and be half programmed. So records go only into a unit that this object has erased
    itself, and the first record of a unit is written twice: where two are valid, the older one
    was complete, and not before that may the other unit be erased.
    """

    def __init__(self, area, where=None):
        """where: of an earlier object of this run. FlashError "misaligned" if the area does not
        have the log's shape."""
        unit = area.erase_size
        if area.size != 2 * unit or unit < 2 * RECORD_SIZE or unit % RECORD_SIZE:
            raise FlashError("misaligned")
        if RECORD_SIZE % area.program_size:
            raise FlashError("misaligned")
        self._area = area
        self._buf = bytearray(RECORD_SIZE)
        self._back = bytearray(RECORD_SIZE)
        # How many valid records are in each unit; in which one the newest is; the offset for the
        # next one, at a boundary: a unit must be erased first; the last sequence number.
        self._valid, self._unit, self._next, self._seq = where or (None, 1, 0, 0)

    @property
    def where(self):
        """What another object of this run has to know to go on."""
        return self._valid, self._unit, self._next, self._seq

    def load(self):
        """The newest valid record, or a new Record."""
        newest, view = None, self._area.map()
        unit = self._area.erase_size
        self._valid = [0, 0]
        self._unit = 1
        for at in range(0, self._area.size, RECORD_SIZE):
            # A second look at what is mapped sees the same: what is blank there stays blank.
            blank = view is not None and view[at : at + 4] == _BLANK
            rec = None if blank else self._read(at)
            if rec:
                self._valid[at // unit] += 1
                if newest is None or _is_newer(rec.seq, newest.seq):
                    newest, self._unit = rec, at // unit
        newest = newest or Record()
        self._seq = newest.seq
        self._next = 0
        return newest

    def _read(self, at):
        # What is no record is looked at again: one bad read must not hide the newest one.
        for _ in range(_READS):
            try:
                self._area.read(at, self._buf)
            except FlashError:
                continue  # the ECC of a torn record need not fit
            rec = unpack(self._buf)
            if rec:
                return rec
        return None

    def store(self, rec):
        """Append rec with a higher sequence number; FlashError "record-write" if that fails."""
        if self._valid is None:
            self.load()
        try:
            if self._next % self._area.erase_size == 0:
                self._open_unit()
                self._append(rec)
            self._append(rec)
        except Exception as error:
            # What is in flash counts, also when there was no memory after a program: the same
            # place must not be programmed again.
            self._valid = None
            if isinstance(error, FlashError):
                raise FlashError("record-write")
            raise

    def _open_unit(self):
        unit = 1 - self._unit
        if self._valid[self._unit] == 1 and self._valid[unit]:
            # Its store() never returned, so nothing was done upon it, and it may not be whole.
            unit = self._unit
        start = unit * self._area.erase_size
        self._area.erase(start)
        self._valid[unit] = 0
        self._unit = unit
        self._next = start
        self._seq += 1  # the number that a torn record may have

    def _append(self, rec):
        rec.seq = self._seq = (self._seq + 1) & _MASK
        pack_into(rec, self._buf)
        self._area.program(self._next, self._buf)
        self._area.read(self._next, self._back)
        if self._back != self._buf:
            raise FlashError("record-write")
        self._valid[self._unit] += 1
        self._next += RECORD_SIZE


def load(area, where, packed):
    """RecordLog.load() for a Log: (the record, which goes to packed as well, and where)."""
    records = RecordLog(area, where)
    rec = records.load()
    pack_into(rec, packed)
    return rec, records.where


def store(area, where, packed, rec):
    """RecordLog.store(), likewise: (None, where)."""
    records = RecordLog(area, where)
    records.store(rec)
    packed[:] = records._buf
    return None, records.where
