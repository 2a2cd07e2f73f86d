"""`qsota doctor`: each fault between a board, its module and the cloud, and what it says about it.

Most faults are those of a simulated module in virtual time; the wires are a virtual board's.
"""

import pytest

from qsota_tools.center.cloud import Cloud
from qsota_tools.module.module import Module
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.provision.at_dialogue import ask
from qsota_tools.provision.doctor.examination import examine
from qsota_tools.provision.module_answer import ended

CONNECTED_MS = 2000


class LabWire:
    """A module in virtual time at the other end of two wires.

    baud: the module's rate; at another one nothing but noise comes through. wiring: straight,
    looped (TX and RX connected), or open with these levels of TX and RX.
    """

    place = "the bench"
    bauds = [115200]

    def __init__(self, baud=115200, wiring="straight", levels=None, connect=True, **options):
        self.clock = Clock()
        self._baud, self._module_baud = 115200, baud
        self._wiring, self._levels = wiring, levels
        self._heard = b""
        self.cloud = Cloud(self.clock, ())
        self.module = Module(self.clock, self._hear, self.cloud, known=True, **options)
        if connect:
            self.module.rx(b"AT+QIOTREG=1\r\n")
            self.clock.advance(CONNECTED_MS)

    def _hear(self, data):
        self._heard += data

    def set_baud(self, baud):
        self._baud = baud

    def levels(self):
        return self._levels

    def exchange(self, data, ms):
        self._heard = b""
        if self._wiring == "looped":
            return data
        if self._wiring == "open":
            self.clock.advance(ms)
            return b""
        if self._baud != self._module_baud:
            return b"\xff\x80\x00"
        self.module.rx(data)
        end = self.clock.now() + ms
        while self.clock.now() < end and not ended(self._heard):
            self.clock.advance(1)
        return self._heard


def findings(wire=None, product=None, component=None, **options):
    """What is found, by what was looked at: (state, text, cure)."""
    wire = wire or LabWire(**options)
    return {f.what: (f.state, f.text, f.cure) for f in examine(wire, product, component)}


def bad(found):
    return [what for what, (state, *_) in found.items() if state == "BAD"]


def test_a_module_that_is_well_has_one_good_line_for_each_thing():
    found = findings()
    assert bad(found) == []
    assert list(found) == [
        *("baud rate", "answers", "module", "SIM card", "signal", "registration"),
        *("data service", "clock", "QuecThing", "product key", "platform", "versions"),
    ]
    assert found["signal"][1] == "-65 dBm (+CSQ: 24)"
    assert found["platform"][:2] == ("ok", "connected and subscribed")
    assert found["product key"][1] == "p1SIMU"


@pytest.mark.parametrize(
    "options",
    [
        *({"echo": False}, {"verbose": False}, {"quiet": True}, {"cmee": 0}, {"cmee": 2}),
        *({"response_ms": 600}, {"leading_crlf": False}, {"test_form": "silent"}),
    ],
    ids=str,
)
def test_the_ways_in_which_a_good_module_answers_are_no_faults(options):
    assert bad(findings(**options)) == []


@pytest.mark.parametrize(
    ("options", "what", "text", "cure"),
    [
        ({"sim_card": False}, "SIM card", "none is found (+CME ERROR: 10)", "put one in"),
        ({"sim_card": False, "cmee": 0}, "SIM card", "none is found (ERROR)", "put one in"),
        ({"signal": 99}, "signal", "none", "antenna"),
        ({"signal": 3}, "signal", "poor, -107 dBm", "better antenna"),
        ({"registration": 0}, "registration", "not looking for a network", "AT+COPS=0"),
        ({"registration": 2}, "registration", "looking for a network", "antenna and coverage"),
        ({"registration": 3}, "registration", "refuses the SIM card", "activated"),
        ({"cclk": "80/01/06,00:00:12+00"}, "clock", "1980-01-06", "AT+CTZU=3"),
        ({"sdk": "", "connect": False}, "QuecThing", "has none", "ask Quectel"),
        ({"sdk": "2.3.3"}, "QuecThing", "2.3.3 is too old", "2.8.2 or newer"),
        ({"product": None, "connect": False}, "product key", "the module has none", "--pk KEY"),
    ],
    ids=str,
)
def test_a_fault_of_module_or_network_is_the_only_thing_that_is_bad(options, what, text, cure):
    found = findings(LabWire(**options))
    assert bad(found) == [what]
    assert text in found[what][1]
    assert cure in found[what][2]


def test_without_a_sim_card_registration_is_not_judged():
    assert findings(sim_card=False)["registration"][0] == "-"


def test_a_module_at_another_baud_rate_is_found_and_judged_to_the_end():
    found = findings(baud=9600)
    assert bad(found) == ["baud rate"]
    assert "answers at 9600 baud, not at 115200" in found["baud rate"][1]
    assert "qsota at --baud 9600 'AT+IPR=115200;&W'" in found["baud rate"][2]
    assert found["platform"][0] == "ok"


@pytest.mark.parametrize(
    ("wire", "text", "cure"),
    [
        ({"wiring": "looped"}, "only what was sent comes back", "connected with each other"),
        ({"baud": 1}, "at no baud rate is it text", "grounds"),
        ({"wiring": "open"}, "no answer at any baud rate", "PWRKEY"),
        ({"wiring": "open", "levels": (1, 0)}, "TXD is at the board's TX", "exchange"),
        ({"wiring": "open", "levels": (0, 0)}, "nothing drives the board's RX", "powered"),
        ({"wiring": "open", "levels": (0, 1)}, "something drives", "TX at the module's RXD?"),
        ({"wiring": "open", "levels": (1, 1)}, "something drives", "may be swapped"),
    ],
    ids=str,
)
def test_a_fault_of_the_wires_is_told_by_what_comes_back_and_by_their_levels(wire, text, cure):
    found = findings(**wire)
    assert list(found) == ["wiring"]
    state, said, what_to_do = found["wiring"]
    assert state == "BAD" and text in said and cure in what_to_do


@pytest.mark.parametrize(
    ("state", "judged", "text"),
    [
        (2, "note", "authenticating"),
        (4, "BAD", "authentication failed"),
        (5, "note", "connecting"),
    ],
)
def test_the_state_of_the_connection_is_said_in_words(monkeypatch, state, judged, text):
    wire = LabWire()
    monkeypatch.setattr(wire.module.link, "state", state)
    assert findings(wire)["platform"][:2] == (judged, f"{text} (state {state})")


def test_a_module_that_was_not_asked_to_connect_is_not_called_bad():
    found = findings(connect=False)
    assert bad(found) == [] and found["platform"][0] == "note"


def test_the_boards_settings_and_component_are_compared_with_the_module():
    found = findings(product="p9other", component="MCU")
    assert bad(found) == ["product key"]
    assert "the board's settings say p9other" in found["product key"][1]
    assert found["versions"] == ("note", "MCU is not reported yet; there are: none", "")


def test_the_examination_changes_nothing():
    wire = LabWire()
    sent = []
    wire.module.on_trace = lambda direction, text: sent.append(text) if direction == "TX" else None
    before = wire.module.config.values(), wire.module.state, dict(wire.module.versions.items())
    findings(wire)
    assert (wire.module.config.values(), wire.module.state) == before[:2]
    assert dict(wire.module.versions.items()) == before[2]
    # Questions only: the one form with values, of QIOTCFG, has no value.
    assert {text for text in sent if "=" in text} == {'AT+QIOTCFG="productinfo"'}


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"AT\r\r\nOK\r\n", True),
        (b"AT\r\r\nOK", False),
        (b"\r\n+CME ERROR: 10\r\n", True),
        (b"AT+QIOTREG=0\r", False),
        (b"AT\r0\r", True),
        (b"\r\n+CSQ: 24,99\r\n", False),
        (b"\r\n> ", True),
        (b"", False),
    ],
)
def test_where_an_answer_ends(data, end):
    assert ended(data) == end


def test_what_a_module_says_unasked_is_no_answer():
    wire = LabWire()
    wire.clock.after(1, wire.module.urc, "+QIND: PB DONE")
    assert ask(wire, "AT+CSQ").value("+CSQ") == "24,99"
