"""The module itself: firmware, clock, SIM card, signal, registration."""

import datetime
import re
from collections.abc import Iterator

from qsota_tools.provision.at_dialogue import Wire, ask
from qsota_tools.provision.doctor.finding import BAD, NOTE, OK, SKIPPED, Finding

_SIM_MS = 5000  # the SIM card itself is asked
_POOR, _UNKNOWN = 5, 99  # of +CSQ
_HOME, _ROAMING = 1, 5
_STATS = {
    0: ("not registered, and not looking for a network", "AT+COPS=0; is AT+CFUN? 1?"),
    2: ("looking for a network", "antenna and coverage; a first time can take minutes"),
    3: ("the network refuses the SIM card", "is the card activated, and allowed in this network?"),
    4: ("registration unknown: out of coverage", "antenna and coverage"),
}
_DAY_S = 86400


def network(wire: Wire) -> Iterator[Finding]:
    yield _firmware(wire)
    sim = _sim(wire)
    yield sim
    yield _signal(wire)
    if sim.state == BAD:
        yield Finding("registration", SKIPPED, "not without a SIM card")
        return
    registration = _registration(wire)
    yield registration
    if registration.state == OK:
        yield _attached(wire)
        yield _clock(wire)


def _firmware(wire: Wire) -> Finding:
    lines = [line for line in ask(wire, "ATI").lines if not line.startswith("+")]
    if not lines:
        return Finding("module", NOTE, "does not say what it is (ATI)")
    return Finding("module", OK, ", ".join(lines))


def _sim(wire: Wire) -> Finding:
    answer = ask(wire, "AT+CPIN?", _SIM_MS)
    state = answer.value("+CPIN")
    if state == "READY":
        return Finding("SIM card", OK, "ready")
    if state:
        cure = "enter it with AT+CPIN=..., or have it switched off for good with AT+CLCK"
        return Finding("SIM card", BAD, f"asks for something: {state}", cure)
    said = answer.final or "no answer"
    return Finding("SIM card", BAD, f"none is found ({said})", "put one in, the right way round")


def _signal(wire: Wire) -> Finding:
    text = ask(wire, "AT+CSQ").value("+CSQ") or ""
    rssi = int(found[0]) if (found := re.match(r"\d+", text)) else _UNKNOWN
    if rssi == _UNKNOWN:
        return Finding("signal", BAD, "none", "is an antenna connected, and to MAIN?")
    dbm = f"{2 * rssi - 113} dBm (+CSQ: {rssi})"
    if rssi < _POOR:
        return Finding("signal", BAD, f"poor, {dbm}", "a better antenna, or a better place")
    return Finding("signal", OK, dbm)


def _registration(wire: Wire) -> Finding:
    """By LTE, or what older networks have."""
    found = []
    for command in ("+CEREG", "+CGREG", "+CREG"):
        fields = (ask(wire, f"AT{command}?").value(command) or "").split(",")
        if len(fields) > 1 and fields[1].isdecimal():
            found.append(int(fields[1]))
        if found and found[-1] in (_HOME, _ROAMING):
            kind = "roaming" if found[-1] == _ROAMING else "at home"
            return Finding("registration", OK, f"{kind} ({command})")
    text, cure = _STATS.get(found[0] if found else 4, _STATS[4])
    return Finding("registration", BAD, text, cure)


def _attached(wire: Wire) -> Finding:
    if ask(wire, "AT+CGATT?").value("+CGATT") == "1":
        return Finding("data service", OK, "attached")
    cure = "has the SIM card a data plan? Is its APN set (AT+QICSGP)?"
    return Finding("data service", BAD, "not attached", cure)


def _clock(wire: Wire) -> Finding:
    text = ask(wire, "AT+CCLK?").value("+CCLK")
    found = re.match(r'"(\d\d)/(\d\d)/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d+)?"', text or "")
    if not found:
        return Finding("clock", NOTE, "the module does not tell its time")
    year, *rest = map(int, found.groups()[:6])
    try:
        local = datetime.datetime(2000 + year if year < 70 else 1900 + year, *rest)
    except ValueError:
        return Finding("clock", NOTE, f"no possible time: {text}")
    utc = local - datetime.timedelta(minutes=15 * int(found[7] or 0))
    wrong = utc - datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    if abs(wrong.total_seconds()) < _DAY_S:
        return Finding("clock", OK, f"{utc:%Y-%m-%d %H:%M} UTC")
    return Finding(
        "clock",
        BAD,
        f"{utc:%Y-%m-%d %H:%M} UTC, which is not today",
        "AT+CTZU=3 lets the network set it; a wrong one makes TLS and authentication fail",
    )
