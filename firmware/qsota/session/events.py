# The module's events, `+QIOTEVT: <type>,<code>[,<data>]`, as named tuples.
from binascii import unhexlify
from collections import namedtuple

from micropython import const

_EVENT = b"+QIOTEVT:"
_MAX_FIELDS = const(12)
_CUT = const(600)  # a text so long may come from a line that the AT client has cut
_MAX_DIGITS = const(10)
_OTA = const(7)

PLAN = const(10700)
DOWNLOAD_START = const(10701)
DOWNLOADING = const(10702)
BLOCK = const(10703)
UPDATING = const(10704)
SUCCEEDED = const(10705)
FAILED = const(10706)

Event = namedtuple("Event", ("type", "code", "fields"))
Plan = namedtuple(
    "Plan", ("type", "code", "component", "source", "target", "battery", "signal", "space")
)
DownloadStart = namedtuple(
    "DownloadStart", ("type", "code", "component", "length", "md5", "crc", "sha256")
)
Block = namedtuple("Block", ("type", "code", "component", "length", "start", "size"))


def split_fields(text):
    """Split bytes at the commas outside quotes (B8) into str and int; None if malformed.

    A string has no escapes: it ends at a quote before a comma or the end. What is no decimal
    number of at most 10 digits stays text. Fields after the twelfth, and a last string that was
    cut with its line, are left out.
    """
    fields = []
    at = 0
    try:
        while len(fields) < _MAX_FIELDS:
            quoted = text[at : at + 1] == b'"'
            end = _end_of_string(text, at) if quoted else text.find(b",", at)
            if end < 0:
                end = len(text)
            fields.append(text[at + 1 : end - 1].decode() if quoted else _bare(text[at:end]))
            if end >= len(text):
                return fields
            at = end + 1
    except ValueError:  # no closing quote, or not UTF-8
        # Newer modules add fields, a URL of any length among them.
        return fields if len(text) >= _CUT else None
    return fields


def _end_of_string(text, at):
    """Index after the closing quote of the string that opens at `at`."""
    end = text.find(b'",', at + 1) + 1
    if end == 0:
        end = len(text)
        if end < at + 2 or text[end - 1 :] != b'"':
            raise ValueError
    return end


def _bare(text):
    text = text.strip()
    digits = text[1:] if text[:1] == b"-" else text
    if digits.isdigit() and len(digits) <= _MAX_DIGITS:
        return int(text)
    return text.decode()


def parse(line):
    """The event in a line (bytes), or None if it is none or malformed; never raises."""
    line = line.strip()
    if line.startswith(_EVENT):
        fields = split_fields(line[len(_EVENT) :].strip())
        if fields and _are(fields, (int, int)):
            return _event(fields[0], fields[1], fields[2:])
    return None


def first_text(line):
    """The first string in a line that is malformed, of an event of an upgrade the component;
    "" if there is none."""
    texts = line.split(b'"', 2)
    try:
        return texts[1].decode() if len(texts) == 3 else ""
    except ValueError:  # not UTF-8
        return ""


def _event(type, code, fields):
    if type == _OTA:
        if code == PLAN:
            return _plan(fields)
        if code == DOWNLOAD_START:
            return _download_start(fields)
        if code == BLOCK:
            return _block(fields)
    return Event(type, code, fields)


def _are(fields, kinds):
    """True if the fields start with these types; more fields may follow (newer modules)."""
    return len(fields) >= len(kinds) and all(isinstance(f, k) for f, k in zip(fields, kinds))


def _plan(fields):
    # The source is "" for a full package; the signal is in dBm, so negative (T23).
    if not _are(fields, (str, str, str, int, int, int)):
        return None
    return Plan(_OTA, PLAN, *fields[:6])


def _download_start(fields):
    if not fields:  # the module's own firmware
        return DownloadStart(_OTA, DOWNLOAD_START, "", 0, None, None, None)
    md5 = _digest(fields, 2, 16)
    if not _are(fields, (str, int)) or fields[1] < 0 or md5 is None or len(fields) < 4:
        return None
    # The CRC is advisory, so a strange one does no harm. The SHA-256 depends on the last
    # AT+QIOTOTAREQ (T19), and newer modules may put something else in its place.
    crc = fields[3] if isinstance(fields[3], int) else None
    sha256 = _digest(fields, 4, 32)
    return DownloadStart(_OTA, DOWNLOAD_START, fields[0], fields[1], md5, crc, sha256)


def _digest(fields, index, size):
    if index < len(fields) and isinstance(fields[index], str) and len(fields[index]) == 2 * size:
        try:
            return unhexlify(fields[index])
        except ValueError:
            pass
    return None


def _block(fields):
    if not fields:  # the module's own firmware
        return Block(_OTA, BLOCK, "", 0, 0, 0)
    if not _are(fields, (str, int, int, int)) or min(fields[1:4]) < 0:
        return None
    return Block(_OTA, BLOCK, *fields[:4])
