"""The bench of the hold: what an upgrade takes on each board, operation by operation."""

import json

import pytest

from qsota_tools.cli import main
from qsota_tools.proof.bench import hold, hold_boards, hold_emulated

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows():
    return list(hold.holds([20000], ["RPI_PICO", "PYBV11_W25Q128"]))


@pytest.fixture(scope="module")
def fast():
    return list(hold.holds([20000], ["NUCLEO_H743ZI_W25Q128"]))


def test_the_longest_hold_is_the_sum_of_what_it_is_made_of(rows):
    for row in rows:
        assert row["longest_ms"] == pytest.approx(sum(row["parts"].values()), abs=3)
        assert row["longest_ms"] > 40 and row["phase"]


def test_a_reset_in_the_middle_is_one_more_boot(rows):
    assert [(row["board"], row["kind"], row["reset"], row["boots"]) for row in rows] == [
        (name, kind, reset, 3 if reset else 2)
        for name in ("RPI_PICO", "PYBV11_W25Q128")
        for kind in hold.KINDS
        for reset in (False, True)
    ]


def test_no_step_of_any_kind_of_payload_holds_the_processor_above_the_goal(rows):
    for row in rows:
        assert not hold.too_long(row), row


def test_a_faster_processor_holds_for_less_of_which_the_flash_takes_the_same(rows, fast):
    for slow, quick in zip(rows[10:], fast, strict=True):
        assert quick["parts"]["Python"] < slow["parts"]["Python"] / 2
        assert quick["parts"]["erase"] == pytest.approx(45, abs=0.5)
        assert quick["longest_ms"] < slow["longest_ms"]


def test_every_board_whose_figures_are_known_has_a_board_file():
    for name in hold.NAMES:
        world = hold_boards.world(name)
        assert 0.3 < world["slowness"] <= 1 and world["chunk"] >= 256
        assert (world["spi"] is None) == name.startswith("RPI_PICO")


def test_the_summary_has_a_line_for_each_board_and_kind_with_the_longest_after_a_reset():
    def row(board, size, reset, ms):
        return {"board": board, "kind": "plain", "size": size, "reset": reset, "longest_ms": ms}

    rows = [
        row(board, size, reset, ms + reset + size / 1000)
        for board, ms in (("A", 40), ("B", 50))
        for size in (1000, 2000)
        for reset in (False, True)
    ]
    assert hold.summary(rows) == (
        ["BOARD", "PAYLOAD", "1 KB", "2 KB", "RESET"],
        [["A", "plain", "41 ms", "42 ms", "43 ms"], ["B", "plain", "51 ms", "52 ms", "53 ms"]],
    )


def test_a_hold_is_told_by_its_largest_parts_first(rows):
    row = {"parts": {"Python": 3.0, "erase": 45.0, "inflate": 0.01}}
    assert hold.made_of(row) == "erase 45.0, Python 3.0"


def test_the_command_tells_the_figures_and_says_what_is_above_the_goal(monkeypatch, capsys):
    rows = [
        {
            "board": "RPI_PICO",
            "kind": "plain",
            "size": 60000,
            "reset": reset,
            "longest_ms": ms,
            "phase": "reading",
        }
        | {"parts": {"erase": ms}, "virtual_s": 9, "boots": 2}
        for reset, ms in ((False, 45.0), (True, 96.0))
    ]
    monkeypatch.setattr(hold, "holds", lambda sizes, names: iter(rows))
    assert main(["bench", "hold", "--quick", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == rows
    assert main(["bench", "hold", "--quick"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 of 2 longer than one erase and 50 ms"


def test_one_erase_is_allowed_beside_the_goal():
    assert not hold.too_long({"longest_ms": 94.0, "parts": {"erase": 45.0}})
    assert hold.too_long({"longest_ms": 96.0, "parts": {"erase": 90.0}})
    assert hold.too_long({"longest_ms": 51.0, "parts": {"Python": 51.0}})


ON_A_PICO = {
    "package": 774,
    "image": 409600,
    "longest_ms": 76.6,
    "phase": "waiting",
    "phases": {"-": 30.0, "waiting": 76.6},
    "boots": 2,
    "result": "10705",
    "seconds": 15.6,
}


def test_an_upgrade_on_the_emulated_pico_is_good_without_a_bite_of_the_watchdog():
    assert hold_emulated.is_good(ON_A_PICO)
    assert not hold_emulated.is_good(ON_A_PICO | {"boots": 3})
    assert not hold_emulated.is_good(ON_A_PICO | {"result": "10706"})
    assert not hold_emulated.is_good(ON_A_PICO | {"longest_ms": 95.1})


def test_the_command_tells_what_held_an_emulated_pico(monkeypatch, capsys):
    found = dict(ON_A_PICO)
    monkeypatch.setattr(hold_emulated, "measure", lambda uf2: found)
    assert main(["bench", "hold", "--emulated", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found
    found["boots"] = 5
    assert main(["bench", "hold", "--emulated"]) == 1
    assert "10705 after 15.6 s and 5 starts" in capsys.readouterr().out.splitlines()[-1]


def test_what_the_probe_says_becomes_the_longest_of_each_phase():
    lines = ["0.8 | HELD 30026 -", "4.2 | HELD 76594 waiting", "5 | HELD 80000 waiting", "x"]
    assert hold_emulated.longest(lines) == {
        "longest_ms": 80.0,
        "phase": "waiting",
        "phases": {"-": 30.026, "waiting": 80.0},
    }
