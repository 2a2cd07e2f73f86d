"""Plays the module's side of a transcript with the simulated module, in virtual time, and says
where that differs from what was recorded."""

import difflib
import re
from collections.abc import Callable
from typing import NamedTuple

from qsota_tools.center.cloud import Cloud
from qsota_tools.module.module import Module
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.transcript.entries import FROM_MODULE, TO_MODULE, Entry
from qsota_tools.transcript.shown import Shown
from qsota_tools.transcript.split import Piece, split

_PATIENCE_MS = 60_000  # for what a transcript without times shows next
_LATE_MS = 10_000  # that ours may be later than what was recorded
_QUIET_MS = 200  # after what was expected has come: does more come?
_STEP_MS = 10
_BOOT = "RDY"
_OFFER = "+QIOTEVT: 7,10700"
_PROGRESS = "+QIOTEVT: 7,10702"  # one every 5 s: how many depends on the network
# Whose answers are of that very module and day: here only their form counts.
_OF_THE_MODULE = re.compile(
    r"AT(I|\+(GSN|CGSN|CIMI|CGMR|CGMM|CGMI|QGMR|CSQ|QCSQ|CCLK|QLTS|QCCID|ICCID|CCID|CEREG|CREG|CGREG"
    r"|COPS|QNWINFO|QENG|CGPADDR|QIACT|CGDCONT|CNUM|QTEMP|CBC|QIOTINFO|QIOTCFG)\b.*)$",
    re.IGNORECASE,
)
_FINALS = re.compile(r"OK|ERROR|\+CME ERROR: .*")


class Difference(NamedTuple):
    """at: seconds in the transcript, None if it has none; after: the last command of the MCU;
    recorded, ours: lines, one of them may be empty."""

    at: float | None
    after: str
    recorded: list[str]
    ours: list[str]


class _Line(NamedTuple):
    at: float | None
    direction: str
    text: str


class Replay:
    """differences(): of the whole transcript; lines: how many lines of the module it has."""

    def __init__(self, entries: list[Entry]):
        self._entries = entries
        self.shown = Shown(entries)
        self._clock = Clock()
        self._sent: list[Piece] = []
        self._cloud = Cloud(self._clock, grid_ms=0)
        self._plans = list(self.shown.plans)
        self._module = Module(self._clock, self._send, self._cloud, **self.shown.options)
        self._recorded: list[_Line] = []
        self._ours: list[_Line] = []

    @property
    def lines(self) -> int:
        return sum(line.direction == FROM_MODULE for line in self._recorded)

    def differences(self) -> list[Difference]:
        """In the order of the transcript."""
        for part in _parts(self._entries):
            self._play(part)
        return _compared(self._recorded, self._ours)

    def _send(self, data: bytes) -> None:
        self._sent.append(Piece(self._clock.now() / 1000, FROM_MODULE, bytes(data)))

    # The world around

    def _play(self, part: list[Entry]) -> None:
        """What the MCU sends, if anything, and what the module says until it sends again."""
        for entry in part:
            if entry.direction == TO_MODULE:
                self._pass_until(entry.at)
                self._ours.append(_Line(entry.at, TO_MODULE, entry.text))
                self._module.rx(bytes(entry.payload) if entry.form else _ended(entry.data))
        expected = [entry for entry in part if entry.direction == FROM_MODULE]
        self._cause(part, expected)
        self._wait_for([entry.text for entry in expected if entry.text], part)
        self._recorded += [_Line(e.at, e.direction, e.text) for e in part if e.text]

    def _pass_until(self, at: float | None) -> None:
        if at is not None:
            self._run(lambda: self._clock.now() >= at * 1000, at * 1000 - self._clock.now())

    def _cause(self, part: list[Entry], expected: list[Entry]) -> None:
        """What no command brings about: offers of the cloud, restarts."""
        texts = [entry.text for entry in expected]
        offers = sum(text.startswith(_OFFER) for text in texts)
        for _ in range(min(offers, len(self._plans))):
            self._cloud.add(self._plans.pop(0))
        asked = any("QIOTOTAREQ" in entry.text.upper() for entry in part)
        if offers and not asked:
            self._module.after_response(self._cloud.push)
        if _BOOT in texts and self._module.powered:
            self._module.reboot()

    def _wait_for(self, texts: list[str], part: list[Entry]) -> None:
        """Run until our module has said as much, and then nothing for a while."""
        times = [entry.at for entry in part if entry.at is not None]
        left = times[-1] * 1000 - self._clock.now() if times else 0
        limit = max(left, 0) + (_LATE_MS if times else _PATIENCE_MS)
        said, wanted = _Said(self._sent), len(_steady(texts))
        self._run(lambda: len(_steady(said.texts())) >= wanted, limit)
        self._run(lambda: False, _QUIET_MS)
        at = times[-1] if times else None
        self._ours += [_Line(at, FROM_MODULE, text) for text in said.texts()]

    def _run(self, until: Callable[[], bool], limit_ms: float) -> None:
        end = self._clock.now() + limit_ms
        while not until() and self._clock.now() < end:
            self._clock.advance(_STEP_MS)


class _Said:
    """The lines that come from now on."""

    def __init__(self, sent: list[Piece]):
        self._sent, self._start = sent, len(sent)
        self._seen, self._texts = self._start, []

    def texts(self) -> list[str]:
        if len(self._sent) > self._seen:
            self._seen = len(self._sent)
            entries = split(self._sent[self._start :])
            self._texts = [entry.text for entry in entries if entry.text]
        return self._texts


def _ended(line: bytes) -> bytes:
    """A command as it is typed, also where a log has not kept its end."""
    return line if line.endswith((b"\r", b"\n")) else line + b"\r"


def _parts(entries: list[Entry]) -> list[list[Entry]]:
    """Each from one command up to the next."""
    parts: list[list[Entry]] = [[]]
    for entry in entries:
        if entry.direction == TO_MODULE and not (parts[-1] and entry.form == "data"):
            parts.append([])
        parts[-1].append(entry)
    return [part for part in parts if part]


def _steady(texts: list[str]) -> list[str]:
    """Without repeated progress."""
    return [t for n, t in enumerate(texts) if not (t == _PROGRESS and texts[n - 1 : n] == [t])]


class _Comparable(NamedTuple):
    """What has to be the same of a line; the rest of it depends on the module, or on a document's
    taste. line: where it is from, after: the last command before it."""

    direction: str
    text: str
    line: _Line
    after: str


def _comparable(lines: list[_Line]) -> list[_Comparable]:
    found: list[_Comparable] = []
    command = ""
    for line in lines:
        text = re.sub(r"^\+QIOTEVT:(?! )", "+QIOTEVT: ", line.text)
        if line.direction == TO_MODULE:
            command = text
        elif text.upper() == command.upper():
            continue  # its echo
        elif _OF_THE_MODULE.match(command) and not _FINALS.fullmatch(text):
            text = text.partition(":")[0] if text.startswith("+") else "a line"
        if not (text == _PROGRESS and found and found[-1].text == text):
            found.append(_Comparable(line.direction, text, line, command))
    return found


def _compared(recorded: list[_Line], ours: list[_Line]) -> list[Difference]:
    theirs, mine = _comparable(recorded), _comparable(ours)
    keys = [[(one.direction, one.text) for one in lines] for lines in (theirs, mine)]
    found = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if kind != "equal":
            place = (theirs[a:b] or mine[c:d])[0]
            texts = [one.text for one in theirs[a:b]], [one.text for one in mine[c:d]]
            found.append(Difference(place.line.at, place.after, *texts))
    return found
