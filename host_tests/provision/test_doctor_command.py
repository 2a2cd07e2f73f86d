"""`qsota doctor` and `at`, at a simulated module and through a virtual board, in real time."""

import json

import pytest
from usb_board import BLANK, BOARD, SETTINGS, UsbBoard, package_of

from qsota_tools import cli
from qsota_tools.module.realtime import RealTimeSim
from qsota_tools.provision.factory import make_flash


@pytest.fixture
def sim(tmp_path):
    """Run a simulated module on a pty; the path."""
    running = []

    def start(**options):
        path = tmp_path / "module"
        sim = RealTimeSim([], f"pty:{path}", on_event=lambda event: None, **options).start()
        running.append(sim)
        return str(path)

    yield start
    for each in running:
        each.stop()


@pytest.fixture
def power(tmp_path):
    running = []

    def start(content, **options):
        running.append(UsbBoard(tmp_path, content, **options))
        running[-1].start()
        return running[-1]

    yield start
    for board in running:
        board.stop()


def qsota(capsys, *args):
    code = cli.main([*args])
    return code, capsys.readouterr().out


def test_a_module_alone_is_examined_at_its_own_port(sim, capsys):
    code, out = qsota(capsys, "doctor", "--module", sim())
    assert code == 0
    assert out.splitlines()[0].split(None, 3)[:3] == ["ok", "baud", "rate"]
    assert "note  platform" in out


def test_json_has_the_same_findings_and_the_exit_code_says_bad(sim, capsys):
    code, out = qsota(capsys, "doctor", "--module", sim(sim_card=False), "--json")
    told = json.loads(out)
    assert code == 1 and told["good"] is False
    assert [f["what"] for f in told["findings"] if f["state"] == "BAD"] == ["SIM card"]
    assert set(told["findings"][0]) == {"what", "state", "text", "cure"}


def test_a_module_is_examined_through_its_board_which_then_runs_again(
    sim, power, capsys, quick, tmp_path
):
    flash = make_flash(BOARD, package_of(tmp_path, "1_0_0"), SETTINGS)
    board = power(flash, port=sim(product=("p11111", "c2VjcmV0")))
    board.wait_for("log", text="application 1_0_0")
    code, out = qsota(capsys, "doctor", "--port", board.usb)
    lines = out.splitlines()
    assert code == 0, out
    assert "VIRTUAL" in lines[0] and "1_0_0 from slot A, confirmed" in lines[1]
    assert any(line.startswith("ok    product key       p11111") for line in lines)
    assert "last messages of the board" in lines
    board.wait_for("boot", cause="reset")
    board.wait_for("log", text="application 1_0_0")


@pytest.mark.parametrize(
    ("wiring", "text"),
    [
        ("swapped", "TX and RX are swapped"),
        ("open", "nothing drives the board's RX"),
        ("looped", "only what was sent comes back"),
    ],
)
def test_a_boards_wires_are_judged(sim, power, capsys, quick, tmp_path, wiring, text, monkeypatch):
    monkeypatch.setattr("qsota_tools.provision.doctor.wiring._TRY_MS", 60)
    flash = make_flash(BOARD, package_of(tmp_path, "1_0_0"), SETTINGS)
    board = power(flash, port=sim(), wiring=wiring)
    board.wait_for("log", text="application 1_0_0")
    code, out = qsota(capsys, "doctor", "--port", board.usb)
    assert code == 1 and text in out
    board.wait_for("boot", cause="reset")


@pytest.mark.parametrize(
    ("options", "what", "text"),
    [
        ({"sim_card": False}, "SIM card", "none is found"),
        ({"signal": 99}, "signal", "none"),
        ({"registration": 3}, "registration", "refuses the SIM card"),
        ({"sdk": "2.3.3"}, "QuecThing", "2.3.3 is too old"),
        ({"product": ("p9other", "c2VjcmV0")}, "product key", "the board's settings say p11111"),
    ],
    ids=str,
)
def test_a_fault_of_module_or_network_is_seen_through_the_board(
    sim, power, capsys, quick, tmp_path, options, what, text
):
    flash = make_flash(BOARD, package_of(tmp_path, "1_0_0"), SETTINGS)
    sound = {"product": ("p11111", "c2VjcmV0")}
    board = power(flash, port=sim(**sound | options))
    board.wait_for("log", text="application 1_0_0")
    code, out = qsota(capsys, "doctor", "--port", board.usb)
    told = [line for line in out.splitlines() if line.startswith("BAD")]
    assert code == 1, out
    assert any(line.split(None, 1)[1].startswith(what) and text in line for line in told), out
    board.wait_for("boot", cause="reset")


def test_a_board_that_is_not_provisioned_is_examined_as_the_board_that_is_named(
    sim, power, capsys, quick
):
    board = power(BLANK, port=sim())
    code, out = qsota(capsys, "doctor", "--board", "VIRTUAL", "--port", board.usb)
    lines = out.splitlines()
    assert code == 0, out
    assert lines[1].startswith("note  program           not provisioned yet")
    assert any(line.startswith("ok    SIM card") for line in lines)


def test_at_commands_go_to_the_module_through_its_board(sim, power, capsys, quick):
    board = power(BLANK, port=sim())
    there = ("at", "--board", "VIRTUAL", "--port", board.usb)
    assert qsota(capsys, *there, "AT+CSQ", "AT+CPIN?") == (
        0,
        "+CSQ: 24,99\nOK\n+CPIN: READY\nOK\n",
    )


def test_at_tells_of_a_command_that_fails_or_gets_no_answer(sim, capsys):
    port = sim(slow="+CSQ", slow_ms=2000)
    code, out = qsota(capsys, "at", "--module", port, "AT+NONE", "--json")
    assert code == 1
    assert json.loads(out) == [{"command": "AT+NONE", "lines": [], "final": "ERROR"}]
    code, out = qsota(capsys, "at", "--module", port, "--timeout", "0.2", "AT+CSQ")
    assert (code, out) == (1, "(no final result code)\n")
