# Commands, one after the other: sent, answered, given up, and the beginning of the next answer
# found again. In memory while one is open; what outlives it is in the client, whose other half
# this is.
#
# Private names are those of qsota/resident/at_client.py.
from asyncio import sleep_ms
from time import ticks_diff, ticks_ms

from micropython import const

from qsota import log
from qsota.command.at_command import SEND_ENDS, Command, Read
from qsota.errors import AtTimeout
from qsota.resident import phases
from qsota.resident.at_port import QUIET_MS

_DEAD_MS = const(1000)  # a reader that has not looked for so long is replaced
_DEAD_ROUNDS = const(50)  # of a waiter's, in which the one before it never had its turn
_SYNC_MS = const(500)
_TRIES = const(5)
_NOISE_MS = const(2000)
_LATE_MS = const(5000)  # a prompt may be so late, and a full transmit buffer takes so long
_MARK_MS = const(60000)
_SLOW_MS = const(8000)
_ESC = b"\x1b\r\n"
# Questions that every module answers, and whose answers nothing else resembles.
_MARKERS = (
    (b"AT+QIOTSTATE?", b"+QIOTSTATE:"),
    (b"AT+QIOTREG?", b"+QIOTREG:"),
    (b"AT+CSQ", b"+CSQ:"),
)


async def command(at, line, prefix, timeout_ms, ends):
    """As AtClient.command(); at is the AtClient, here and below."""
    return (await _transact(at, Command(line, prefix, ends), timeout_ms)).lines


async def send(at, line, data, prefix, timeout_ms, prompt):
    """As AtClient.send()."""
    return (await _transact(at, Command(line, prefix, SEND_ENDS, data, prompt), timeout_ms)).lines


async def read(at, line, header, buf, count, timeout_ms, payload):
    """As AtClient.read()."""
    if payload is None:
        forms = phases.load("qsota.command.forms")
        payload = forms.Payload(forms.RAW)
    turn = Read(line, header, buf, count, payload, at._parser)
    return (await _transact(at, turn, timeout_ms)).numbers


async def sync(at, tries, wait_ms):
    """As AtClient.sync()."""
    turn = Command(b"")
    try:
        await _turn(at, turn)
        await _sync(at, tries or _TRIES, wait_ms or _SYNC_MS)
    finally:
        _leave(at, turn)


async def escape(at, data, guard_ms):
    """As AtClient.escape()."""
    turn = Command(b"")
    try:
        await _turn(at, turn)
        await _wait(at, guard_ms)
        at._out = memoryview(data)
        at._late += 1
        await _wait(at, guard_ms)
    finally:
        _leave(at, turn)


async def _transact(at, command, timeout_ms):
    try:
        await _turn(at, command)
        if at._late:
            await _sync(at, _TRIES, _SYNC_MS)
        await _exchange(at, command, timeout_ms)
    finally:
        _leave(at, command)
    command.check()
    return command


async def _exchange(at, command, timeout_ms, quiet_ms=None):
    # What came before is no answer to it, and what is going out must be whole.
    at._poll()
    if at._out or at._more:
        await _wait(at, _LATE_MS, None, 0)
    begun = ticks_ms()
    at._data = command.data
    at._prompt = command.prompt
    at._parser.prompts = command.data is not None
    at._command = command
    at._out = memoryview(command.line + b"\r\n")
    try:
        await _wait(at, max(timeout_ms, 2 * at._slow_ms), command, quiet_ms)
    finally:
        at._command = None
        if command.final is None:
            _abandon(at, command)
        else:
            _answered(at, ticks_diff(ticks_ms(), begun))


def _answered(at, ms):
    at._forget_data()
    at._slow_ms = max(min(ms, _SLOW_MS), at._slow_ms * 7 // 8)


def _abandon(at, command):
    at._slow_ms = at._slow_ms * 3 // 4  # the answer may as well be lost
    # The caller may reuse its buffer from now on, so a late payload must not reach it.
    at._parser.discard()
    if at._parser.at_prompt:
        # The module asks for data that nobody has: the less it gets the better.
        at._out = memoryview(_ESC)
        at._late += 1
    at._late += 1
    if command.line not in at._late_lines:
        at._late_lines.append(command.line)
    at._heard = ticks_ms()


# --- finding the beginning of an answer again


async def _sync(at, tries, wait_ms):
    for attempt in range(tries):
        await _silence(at)
        if attempt == 1:
            # It may still wait for data that its MCU wanted to send before a reset.
            at._out = memoryview(_ESC)
            at._late += 1
            await _silence(at)
        # With V0 or Q1 in its profile it answers, but not by OK.
        probe = Command(b"ATE0Q0V1" if attempt & 1 else b"AT")
        await _exchange(at, probe, wait_ms << attempt)
        if probe.final is not None:
            break
        log.write("sync: timeout")
    else:
        raise AtTimeout("no-answer")
    if at._late:
        await _mark(at)


async def _silence(at):
    """Let late answers pass: no bytes for 100 ms, or 2 s at most if the module never stops."""
    at._heard = ticks_ms()
    if at._data is not None:
        await _wait(at, _LATE_MS, None, _LATE_MS)
    await _wait(at, _NOISE_MS, None, QUIET_MS)
    at._parser.reset()


async def _mark(at):
    """Let the answers of all earlier commands pass: they come before the marker's (B9)."""
    marker = None
    for line, prefix in _MARKERS:
        if line not in at._late_lines:
            at._heard = ticks_ms()
            marker = Command(line, prefix, earlier=at._late)
            await _exchange(at, marker, _MARK_MS, _SLOW_MS)
            if marker.lines and marker.final is not None:
                break
    if marker is None:  # the answer of each may be late: only silence tells
        await _wait(at, _MARK_MS, None, _SLOW_MS)
    at._forget_late()


# --- waiting


async def _wait(at, ms, command=None, quiet_ms=None):
    """Move bytes for ms, until the command has ended, or until it was quiet for quiet_ms."""
    begun = ticks_ms()
    while True:
        at._tick += 1
        n = at._poll()
        if command:
            if command.bare and at._is_quiet(QUIET_MS):
                command.final = b"OK"
            if command.final is not None:
                return
        if quiet_ms is not None and not at._more and at._is_quiet(quiet_ms):
            return
        if ticks_diff(ticks_ms(), begun) >= ms:
            return
        await sleep_ms(0 if at._more else _pause(at, command, n))


def _pause(at, command, n):
    # When n bytes came during the last one, an answer that ends sooner is not left waiting.
    left = command.left() if command and n else n
    return max(1, at._poll_ms * left // n) if n and left < n else at._poll_ms


async def _turn(at, command):
    """Wait until the UART is free for this command; _leave() must follow in any case."""
    if not at._reader or ticks_diff(ticks_ms(), at._looked) > _DEAD_MS:
        at.start()
    at._turns.append(command)
    tick, rounds = at._tick, 0
    while at._turns[0] is not command:
        await sleep_ms(at._poll_ms)
        rounds += 1
        if at._tick != tick:
            tick, rounds = at._tick, 0
        elif rounds > _DEAD_ROUNDS:
            # Its task ended together with an event loop, without a finally.
            dead = at._turns[0]
            _leave(at, dead)
            at._command = None
            at._late += 1
            at._late_lines.append(dead.line)


def _leave(at, command):
    if command in at._turns:
        at._turns.remove(command)
        at._tick += 1
