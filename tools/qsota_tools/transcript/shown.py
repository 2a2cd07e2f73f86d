"""What a transcript says of its module, its cloud and its device, so that ours can be alike."""

import re
from collections.abc import Iterable

from qsota_tools.center.plan import Component, File, Plan
from qsota_tools.common.errors import UserError
from qsota_tools.transcript.entries import FROM_MODULE, Entry

_EVENT = re.compile(r"\+QIOTEVT: ?7,(10\d+)(?:,(.*))?$")
_FIELD = re.compile(r'"([^"]*)"|([^,]+)|(?<=,)(?=,)')
_URL = 5  # the field of a 10701
_LARGEST = 100 << 20  # bytes of a package, as the cloud takes it


class Shown:
    """plans: what the cloud offered, in their order; options: of the module, see options.py."""

    def __init__(self, entries: list[Entry]):
        self._said = [entry.text for entry in entries if entry.direction == FROM_MODULE]
        self.plans = [Plan([component]) for component in self._components()]
        self.options = {**self._facts(), **_framing(entries)}

    def _events(self, *codes: str) -> Iterable[list[str]]:
        """The fields of these events."""
        for text in self._said:
            found = _EVENT.match(text)
            if found and found[1] in codes:
                yield [quoted or bare for quoted, bare in _FIELD.findall(found[2] or "")]

    def _components(self) -> Iterable[Component]:
        """One for each start of a download; an offer without one is refused, and like it."""
        starts = list(self._events("10701"))
        for fields in self._events("10700"):
            name, source, target, battery, signal, space = (fields + [""] * 6)[:6]
            begun = next((start for start in starts if start[0] == name), None)
            if begun:
                starts.remove(begun)
            file = _file(begun or [name, space, "0" * 32, "0", "0" * 64])
            component = Component(
                *(name, target, file, source),
                battery=_number(battery),
                signal=_number(signal),
                space=_number(space),
            )
            component.data = bytes(file.size)
            if len(begun or ()) > _URL:
                component.url = component.firmware.url = begun[_URL]
            yield component

    def _facts(self) -> dict:
        """What is no matter of the model."""
        facts: dict = {
            "qind": any(text.startswith('+QIND: "FOTA"') for text in self._said),
            "url_field": any(len(fields) > _URL for fields in self._events("10701")),
            "known": not any(text.endswith(" 1,10200") for text in self._said),
        }
        block = next(iter(self._events("10703")), None)
        if block and _number(block[3]) < _number(block[1]):
            facts["flash_free"] = _number(block[3])
        return facts


def _file(start: list[str]) -> File:
    """Of the fields of a 10701: name, size, MD5, CRC and perhaps SHA-256."""
    name, size, md5, crc, sha256 = (start + [""] * 5)[:5]
    if not 0 < _number(size) <= _LARGEST:
        raise UserError(f"a package of {size} bytes: the cloud takes up to {_LARGEST}")
    return File(name, _number(size), md5, sha256, _number(crc))


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UserError(f"{text!r} in an event is no number") from None


def _framing(entries: list[Entry]) -> dict:
    """How the answers to reads look, if the transcript has their line ends; and the echo."""
    found: dict = {"echo": _echoes(entries)}
    forms = {entry.form for entry in entries if entry.form and entry.direction == FROM_MODULE}
    if len(forms) == 1:
        found["payload"] = forms.pop()
    for number, entry in enumerate(entries):
        if (
            entry.form
            and entry.direction == FROM_MODULE
            and entries[number - 1].data[-1:] == b"\n"
        ):
            found |= _of_read(entries, number)
            break
    return found


def _echoes(entries: list[Entry]) -> bool:
    """Whether commands come back, at all; documents show it for some."""
    return any(
        entry.direction == FROM_MODULE and entry.text[:2].upper() == "AT" for entry in entries
    )


def _of_read(entries: list[Entry], number: int) -> dict:
    """From the lines around the payload that is that entry."""
    received = [entry for entry in entries if entry.direction == FROM_MODULE]
    at = received.index(entries[number])
    before, after = received[:at], received[at + 1 :]
    blank = not before[-1].data.strip()
    header = before[-2 if blank else -1 :]
    lead = before[: len(before) - len(header)]
    pairs = 0
    for entry in after:
        if entry.data.strip():
            break
        pairs += 1
    return {
        "blank_line": blank,
        "leading_crlf": bool(lead) and not lead[-1].data.strip(),
        "trailer": pairs,
        "trailer_lf": pairs > 0 and after[0].data == b"\n",
    }
