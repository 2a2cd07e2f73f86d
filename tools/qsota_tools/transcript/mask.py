"""Takes out of a transcript what is nobody else's business. Lengths stay, and what was the same
stays the same."""

import re
from collections.abc import Iterable

from qsota_tools.transcript.entries import Entry

# Strings in quotes, by the beginning of the line and their number from 0.
_SECRETS = (
    (re.compile(rb"(?:AT)?\+QIOTCFG[=:] ?\"productinfo\"", re.I), (1, 2)),
    (re.compile(rb"(?:AT)?\+QIOTCFG[=:] ?\"dk_ds\"", re.I), (1, 2)),
    (re.compile(rb"(?:AT)?\+QICSGP[=:]", re.I), (1, 2)),
    (re.compile(rb"(?:AT)?\+CGAUTH[=:]", re.I), (0, 1)),
    (re.compile(rb"(?:AT)?\+QMTCONN[=:]", re.I), (0, 1, 2)),
    (re.compile(rb"(?:AT)?\+(?:CPIN|CPWD|CLCK)=", re.I), (0, 1, 2)),
)
_QUOTED = re.compile(rb'"([^"]*)"')
# Lines with numbers, addresses and places.
_NUMBERS = re.compile(
    rb"(?:AT)?\+(?:CNUM|CLIP|CMT|CMGS|CMGR|CMGL|CSCA|QCCID|ICCID|CCID|CGPADDR|QIACT|QGPSLOC|QLBS"
    rb"|CIMI|CPIN=)",
    re.I,
)
# What the cloud or the application says to each other.
_MESSAGES = re.compile(
    rb"(\+QIOTEVT: ?5,10\d*,\d*,?|(?:AT)?\+QIOTSEND=\d+,\d+,|\+QIURC: ?\"recv\",)"
)
# 14 digits and more: IMEI, IMSI, ICCID; not those within a hash.
_LONG_NUMBER = re.compile(rb"(?<![0-9A-Za-z])\d{14,22}(?![0-9A-Za-z])")
_QUERY = re.compile(rb"(https?://[^\"?\s]*\?)([^\"\s]*)")
_SHORT = 6
_DIGIT = re.compile(rb"\d")


class Mask:
    """One transcript's; what it has replaced stays replaced by the same."""

    def __init__(self):
        self._known: dict[bytes, bytes] = {}

    def masked(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries without secrets. What was said to be secret anywhere is so everywhere."""
        entries = list(entries)
        for entry in entries:
            self._learn(entry.data)
        return [entry._replace(data=self._line(entry.data)) for entry in entries]

    def _learn(self, line: bytes) -> None:
        start = line.strip(b"\r\n")
        for rule, numbers in _SECRETS:
            if rule.match(start):
                found = _QUOTED.findall(start)
                for number in numbers:
                    if found[number : number + 1] not in ([], [b""]):
                        self._stand_in(found[number])
        for number in _LONG_NUMBER.findall(line):
            self._stand_in(number)

    def _stand_in(self, secret: bytes) -> bytes:
        """What stands for it: as long, and of the same kind of characters."""
        if secret not in self._known:
            count = len(self._known) + 1
            if secret.isdigit():
                made = b"%0*d" % (len(secret), count)
            else:
                made = (b"x" * len(secret) + b"%d" % count)[-len(secret) :]
            if made == secret:
                made = b"9" * len(secret) if secret.isdigit() else b"z" * len(secret)
            self._known[secret] = made
        return self._known[secret]

    def _line(self, line: bytes) -> bytes:
        if found := _MESSAGES.match(line.lstrip(b"\r\n")):
            kept = len(line) - len(line.lstrip(b"\r\n")) + found.end()
            body = line[kept:].rstrip(b"\r\n")
            line = line[:kept] + b"x" * len(body) + line[kept + len(body) :]
        if _NUMBERS.match(line.lstrip(b"\r\n")):
            line = _DIGIT.sub(b"0", line)
        line = _QUERY.sub(lambda m: m[1] + b"x" * len(m[2]), line)
        return self._rule().sub(lambda m: self._known[m[0]], line) if self._known else line

    def _rule(self) -> re.Pattern:
        """All secrets, the longest first; short ones, which could be part of anything, only where
        they stand in quotes."""
        parts = [
            re.escape(secret)
            if len(secret) >= _SHORT
            else b'(?<=")' + re.escape(secret) + b'(?=")'
            for secret in sorted(self._known, key=len, reverse=True)
        ]
        return re.compile(b"|".join(parts))
