"""The JSON Schema of board files: what editors say of a file is what `qsota boards` says."""

import copy
import json

import jsonschema_rs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qsota_tools import boards, cli
from qsota_tools.boards.schema import json_schema, shape_problems
from qsota_tools.common.paths import BOARDS

SCHEMA = jsonschema_rs.validator_for(json_schema())
SHIPPED = [boards.load(name) for name in boards.known()]
PLACES = sorted(
    {(key,) for board in SHIPPED for key in board}
    | {(s, k) for board in SHIPPED for s in board if isinstance(board[s], dict) for k in board[s]}
    | {
        ("unknown",),
        ("uart", "unknown"),
        ("maintenance_pin",),
        ("module_pins",),
        ("trial", "confirm"),
    }
)
VALUES = st.one_of(
    st.integers(-2, 1 << 29),
    st.sampled_from(
        [0, 1, 2, 256, 512, 4096, 115200, "rp2", "pull", "GP1", "", "a b", True, None]
    ),
    st.text(max_size=40),
    st.lists(st.integers(-1, 1 << 20), max_size=3),
    st.dictionaries(st.sampled_from(["power", "boot_ms", "x"]), st.integers(0, 60), max_size=2),
)


def agree(board):
    assert SCHEMA.is_valid(board) == (not list(shape_problems(board)))


def test_the_schema_in_the_tree_is_that_of_the_rules():
    kept = json.loads((BOARDS / "board.schema.json").read_text())
    assert kept == json_schema(), "qsota boards --schema > boards/board.schema.json"


def test_every_board_that_ships_fits_it_and_names_it():
    for name, board in zip(boards.known(), SHIPPED, strict=True):
        assert SCHEMA.is_valid(board), name
        assert boards.path_of(name).read_text().startswith("#:schema ./board.schema.json\n")


@pytest.mark.slow
@given(st.sampled_from(SHIPPED), st.sampled_from(PLACES), VALUES)
def test_a_value_is_right_for_both_or_wrong_for_both(board, place, value):
    changed = copy.deepcopy(board)
    table = changed if len(place) == 1 else changed.setdefault(place[0], {})
    assume(isinstance(table, dict))
    table[place[-1]] = value
    agree(changed)


@given(st.sampled_from(SHIPPED), st.sampled_from(PLACES))
def test_a_key_that_is_left_out_is_missed_by_both_or_by_neither(board, place):
    changed = copy.deepcopy(board)
    table = changed if len(place) == 1 else changed.get(place[0], {})
    table.pop(place[-1], None)
    agree(changed)


@pytest.mark.parametrize("value", [True, 1.5, "1"])
def test_one_of_several_numbers_is_a_number(value):
    board = copy.deepcopy(SHIPPED[0])
    board["module"]["register"] = value
    assert [*shape_problems(board)] == ["module.register: must be one of 1, 2"]
    agree(board)


def test_the_schema_is_printed_for_editors(capsys):
    assert cli.main(["boards", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


def test_a_new_board_file_starts_from_one_that_is_there(tmp_path, capsys):
    assert cli.main(["boards", "RPI_PICO", "--toml"]) == 0
    mine = tmp_path / "MINE.toml"
    mine.write_text(capsys.readouterr().out)
    assert boards.load(str(mine)) == boards.load("RPI_PICO")
    assert cli.main(["boards", str(mine), "VIRTUAL"]) == 0
    assert capsys.readouterr().out == f"{mine} is valid\nVIRTUAL is valid\n"
