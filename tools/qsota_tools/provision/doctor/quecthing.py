"""The module's side of the platform: QuecThing, the product, the connection, the versions."""

import re
from collections.abc import Iterator

from qsota_tools.provision.at_dialogue import Wire, ask
from qsota_tools.provision.doctor.finding import BAD, NOTE, OK, Finding

_SOTA_SINCE = (2, 8, 2)  # AT+QIOTOTAREQ
_READY = 8
# QIOTSTATE, and what its values mean for a user (protocol.md, 2.2).
_WAITING = {
    0: "not initialised",
    1: "not connected: nothing has asked for it (AT+QIOTREG=1) since the module started",
    2: "authenticating",
    3: "authenticated",
    5: "connecting",
    6: "connected, not yet subscribed",
    10: "disconnecting",
    11: "disconnected",
}
_PRODUCT_CURE = "are product key and secret those of the Developer Center? Is the device disabled?"
_FAILED = {
    4: ("authentication failed", _PRODUCT_CURE),
    7: ("connection refused", _PRODUCT_CURE),
    9: ("subscription failed", 'is there a data connection? See AT+QIOTCFG="server"'),
    12: ("disconnecting failed", "restart the module"),
}


def quecthing(wire: Wire, product: str | None, component: str | None) -> Iterator[Finding]:
    sdk = _sdk(wire)
    yield sdk
    if sdk.state != BAD:
        yield _product(wire, product)
        yield _state(wire)
        yield _versions(wire, component)


def _sdk(wire: Wire) -> Finding:
    answer = ask(wire, "AT+QIOTINFO?")
    if not answer.good:
        text = f"the module's firmware has none (AT+QIOTINFO?: {answer.final or 'no answer'})"
        return Finding("QuecThing", BAD, text, "ask Quectel for its firmware with QuecThing")
    found = next(
        (m for line in answer.lines if (m := re.search(r"SDK\D*(\d+)\.(\d+)\.(\d+)", line))), None
    )
    if not found:
        return Finding("QuecThing", NOTE, "does not tell its SDK version")
    name = f"SDK {'.'.join(found.groups())}"
    if tuple(map(int, found.groups())) < _SOTA_SINCE:
        oldest = ".".join(map(str, _SOTA_SINCE))
        return Finding("QuecThing", BAD, f"{name} is too old", f"SOTA needs {oldest} or newer")
    return Finding("QuecThing", OK, name)


def _product(wire: Wire, wanted: str | None) -> Finding:
    """Of the secret nothing is shown."""
    text = ask(wire, 'AT+QIOTCFG="productinfo"').value('+QIOTCFG: "productinfo",') or ""
    found = re.findall(r'"(.*?)"', text)
    key = found[0] if found else ""
    cure = "qsota flash ... --pk KEY --ps SECRET, with those of the Developer Center"
    if not key or (len(found) > 1 and not found[1]):
        # The board's program tells the module at its next start.
        state = BAD if wanted is None else NOTE
        return Finding("product key", state, "the module has none", cure if state == BAD else "")
    if wanted and key != wanted:
        text = f"the module has {key}, the board's settings say {wanted}"
        return Finding("product key", BAD, text, "restart the board, which tells the module")
    return Finding("product key", OK, key)


def _state(wire: Wire) -> Finding:
    text = ask(wire, "AT+QIOTSTATE?").value("+QIOTSTATE") or ""
    number = int(text) if text.isdecimal() else -1
    if number == _READY:
        return Finding("platform", OK, "connected and subscribed")
    if number in _WAITING:
        return Finding("platform", NOTE, f"{_WAITING[number]} (state {number})")
    text, cure = _FAILED.get(number, ("its state is not told", "restart the module"))
    return Finding("platform", BAD, f"{text} (state {text if number < 0 else number})", cure)


def _versions(wire: Wire, component: str | None) -> Finding:
    answer = ask(wire, "AT+QIOTMCUVER?")
    told = dict(
        found.groups()
        for line in answer.lines
        if (found := re.match(r'\+QIOTMCUVER: ?"(.*?)","(.*?)"', line))
    )
    text = ", ".join(f"{name} {version}" for name, version in told.items()) or "none"
    if component and component not in told:
        return Finding("versions", NOTE, f"{component} is not reported yet; there are: {text}")
    return Finding("versions", OK, text)
