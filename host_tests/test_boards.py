"""Board files: what ships is sound, and every mistake is named by its field."""

import copy
import json
import tomllib

import pytest

from qsota_tools import boards, cli
from qsota_tools.errors import UserError


@pytest.fixture
def board():
    return copy.deepcopy(boards.load("RPI_PICO"))


@pytest.mark.parametrize("name", boards.known())
def test_a_board_that_ships_is_sound_and_called_like_its_file(name):
    assert boards.load(name)["name"] == name


def test_the_boards_of_the_first_release_ship():
    assert {"RPI_PICO", "RPI_PICO2", "VIRTUAL"} <= set(boards.known())


@pytest.mark.parametrize("name", ["RPI_PICO", "RPI_PICO2", "VIRTUAL"])
def test_the_areas_use_the_storage_to_its_end(name):
    board = boards.load(name)
    assert sum(size for _, size in board["areas"].values()) == board["flash"]["size"]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("name", "Pico 2", "name: must be 1 to 32 of the characters A-Z a-z 0-9 _ - ."),
        ("title", "", "title: must be a text"),
        ("port", "esp32", "port: must be one of rp2, stm32"),
        ("component", "a;b", "component: must be 1 to 32 of the characters A-Z a-z 0-9 _ - ."),
        ("colour", "red", "colour: unknown key"),
        ("uart.parity", 1, "uart.parity: unknown key"),
        ("flash", None, "flash: missing section"),
        ("title", None, "title: missing"),
        ("uart.baud", None, "uart.baud: missing"),
        ("uart.tx", None, "uart.tx: missing"),
        ("flash.size", "2M", "flash.size: must be a whole number from 65536 to 268435456"),
        ("flash.size", True, "flash.size: must be a whole number from 65536 to 268435456"),
        ("flash.erase", 5000, "flash.erase: must be a power of two from 512 to 131072"),
        ("flash.program", 512, "flash.program: must be a power of two from 1 to 256"),
        ("flash.program", 48, "flash.program: must be a power of two from 1 to 256"),
        ("flash.size", 1441793, "flash.size: must be a multiple of the erase unit (4096)"),
        ("flash.kind", "pyb", "flash.kind: must be rp2 on rp2"),
        ("areas.root", [0], "areas.root: must be [offset, size] in bytes"),
        ("areas.root", [0, -4096], "areas.root: must be [offset, size] in bytes"),
        ("areas.root", [0, 0], "areas.root: must be [offset, size] in bytes"),
        ("areas.root", [4096, 192512], "areas.root: must start at 0, where MicroPython looks"),
        ("areas.root", [0, 200704], "areas.data: overlaps root"),
        ("areas.data", [196608, 8192], "areas.data: needs at least 4 erase units"),
        ("areas.data", [196608, 65535], "areas.data: offset and size must be multiples of the"),
        ("areas.state", [262144, 4096], "areas.state: must be exactly two erase units (8192"),
        ("areas.slot_a", [270336, 581632], "areas.slot_b: must be as large as slot_a"),
        ("areas.slot_b", [860160, 585728], "areas.slot_b: ends 4096 bytes beyond the flash"),
        ("areas.slot_b", [733184, 585728], "areas.slot_b: overlaps slot_a"),
        ("uart.id", 2, "uart.id: must be 0 or 1 on rp2"),
        ("uart.tx", 1, "uart.tx: GP1 cannot be TX of a UART"),
        ("uart.rx", 5, "uart.rx: GP5 belongs to the other UART"),
        ("uart.rts", 2, "uart.rts: GP2 cannot be RTS of a UART"),
        ("uart.receive", "rts", "uart.rts: missing"),
        ("uart.receive", "dma", "uart.receive: must be one of pull, rts"),
        ("uart.baud", 115201, "uart.baud: must be one of 9600, "),
        ("uart.rxbuf", 32767, "uart.rxbuf: must be a whole number from 256 to 32766"),
        ("module.chunk", 15, "module.chunk: must be a whole number from 16 to 1024"),
        ("module.payload", "text", "module.payload: must be one of raw, hex, hexwords, auto"),
        ("module.register", 0, "module.register: must be one of 1, 2"),
        ("trial.attempts", 0, "trial.attempts: must be a whole number from 1 to 10"),
        ("trial.watchdog_ms", 8389, "trial.watchdog_ms: rp2 allows at most 8388"),
    ],
)
def test_a_mistake_is_named_by_its_field(board, field, value, problem):
    *section, key = field.split(".")
    table = board[section[0]] if section else board
    if value is None:
        del table[key]
    else:
        table[key] = value
    assert [text for text in boards.problems(board) if text.startswith(problem)]


def test_slots_below_64_kb_are_refused(board):
    board["areas"]["slot_a"][1] = board["areas"]["slot_b"][1] = 61440
    assert boards.problems(board) == ["areas.slot_a: must be at least 65536 bytes"]


@pytest.mark.parametrize(
    ("uart", "pins"),
    [(0, (0, 1, 2, 3)), (1, (4, 5, 6, 7)), (1, (8, 9, 10, 11)), (0, (12, 13, 14, 15))],
)
def test_the_pins_of_the_rp2_uarts(board, uart, pins):
    board["uart"].update(zip(("tx", "rx", "cts", "rts"), pins, strict=True))
    board["uart"].update(id=uart, receive="rts")
    assert boards.problems(board) == []


@pytest.fixture
def stm32(board):
    board.update(port="stm32", build="PYBD_SF2")
    board["flash"]["kind"] = "pyb"
    board["uart"] = {"id": 2, "baud": 115200, "rxbuf": 4096, "receive": "rts"}
    board["trial"]["watchdog_ms"] = 30000
    return board


def test_an_stm32_board_names_no_pins(stm32):
    assert boards.problems(stm32) == []
    stm32["uart"]["tx"] = 0
    assert boards.problems(stm32) == ["uart.tx: the board fixes the pins on stm32"]


def test_an_stm32_board_has_no_uart_0(stm32):
    stm32["uart"]["id"] = 0
    assert boards.problems(stm32) == ["uart.id: counts from 1 on stm32"]


@pytest.mark.parametrize("mode", [1, 2])
def test_the_way_to_register_is_optional(board, mode):
    board["module"]["register"] = mode
    assert boards.problems(board) == []


def test_an_unknown_board_lists_the_known_ones():
    with pytest.raises(UserError, match="unknown board PICO; there are .*RPI_PICO, RPI_PICO2"):
        boards.load("PICO")


def test_a_board_file_of_ones_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes((boards.BOARDS / "RPI_PICO.toml").read_bytes().replace(b"115200", b"921600"))
    assert boards.load(str(path))["uart"]["baud"] == 921600


def test_a_board_file_that_is_not_toml(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"name = \n")
    with pytest.raises(UserError, match="mine.toml: .*line 1"):
        boards.load(str(path))


def test_a_board_file_with_several_mistakes_shows_them_all(tmp_path):
    path = tmp_path / "mine.toml"
    text = (boards.BOARDS / "RPI_PICO.toml").read_text()
    path.write_text(text.replace("baud = 115200", "speed = 9600"))
    with pytest.raises(UserError) as caught:
        boards.load(str(path))
    assert "uart.baud: missing" in str(caught.value)
    assert "uart.speed: unknown key" in str(caught.value)


def test_the_json_of_the_device_says_the_same_as_the_toml():
    toml = tomllib.loads((boards.BOARDS / "VIRTUAL.toml").read_text())
    assert json.loads(boards.to_json(boards.load("VIRTUAL"))) == toml


def test_overrides_reach_the_device_but_not_the_board(board):
    changed = json.loads(boards.to_json(board, uart={"baud": 921600}, component="BLE"))
    assert (changed["uart"]["baud"], changed["uart"]["rxbuf"]) == (921600, 4096)
    assert changed["component"] == "BLE"
    assert board["uart"]["baud"] == 115200


def test_overrides_are_checked(board):
    with pytest.raises(UserError, match="module.chunk"):
        boards.to_json(board, module={"chunk": 4096})


def test_the_table_of_boards(capsys):
    assert cli.main(["boards"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0][0] == "BOARD"
    assert [row[:5] for row in rows if row[0] == "RPI_PICO"] == [
        ["RPI_PICO", "1408", "KB", "572", "KB"]
    ]
