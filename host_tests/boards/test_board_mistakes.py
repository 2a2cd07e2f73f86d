"""What can be wrong in a board file: each mistake is named by its field."""

import copy

import pytest

from qsota_tools import boards


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
        ("flash.kind", "pyb", "flash.kind: must be rp2 or spinor on rp2"),
        ("flash.kind", "spinor", "storage: a section of boards with flash.kind spinor"),
        ("flash.offset", -1, "flash.offset: must be a whole number from 0"),
        ("spi", {"id": 0, "baud": 1000000, "cs": 9}, "spi: a section of boards with flash.kind"),
        ("maintenance_pin", "X1", "maintenance_pin: must be a number on rp2"),
        ("maintenance_pin", "", "maintenance_pin: must be a pin: a number on rp2"),
        ("maintenance_pin", 0, "maintenance_pin: 0 is uart.tx already"),
        ("module_pins", {"power": 48}, "module_pins.power: must be a pin"),
        ("module_pins", {"power": "A1"}, "module_pins.power: must be a number on rp2"),
        ("module_pins", {"power": 9, "reset": 9}, "module_pins.reset: 9 is module_pins.power"),
        ("module_pins", {"powers": 9}, "module_pins.powers: unknown key"),
        ("module_pins", {"pressed": 2}, "module_pins.pressed: must be one of 0, 1"),
        ("module_pins", {"power_ms": 0}, "module_pins.power_ms: must be a whole number from 10"),
        ("areas.root", [0], "areas.root: must be [offset, size] in bytes"),
        ("areas.root", [0, -4096], "areas.root: must be [offset, size] in bytes"),
        ("areas.root", [0, 0], "areas.root: must be [offset, size] in bytes"),
        ("areas.root", [4096, 258048], "areas.root: must start at 0, where MicroPython looks"),
        ("areas.root", [0, 364544], "areas.data: overlaps root"),
        ("areas.data", [262144, 8192], "areas.data: needs at least 4 erase units"),
        ("areas.data", [262144, 65535], "areas.data: offset and size must be multiples of the"),
        ("areas.state", [327680, 4096], "areas.state: must be exactly two erase units (8192"),
        ("areas.slot_a", [335872, 548864], "areas.slot_b: must be as large as slot_a"),
        ("areas.slot_b", [892928, 552960], "areas.slot_b: ends 4096 bytes beyond the flash"),
        ("areas.slot_b", [798720, 552960], "areas.slot_b: overlaps slot_a"),
        ("uart.id", 2, "uart.id: must be 0 or 1 on rp2"),
        ("uart.tx", 1, "uart.tx: GP1 cannot be TX of a UART"),
        ("uart.rx", 5, "uart.rx: GP5 belongs to the other UART"),
        ("uart.rts", 2, "uart.rts: GP2 cannot be RTS of a UART"),
        ("uart.receive", "rts", "uart.rts: missing"),
        ("uart.receive", "irq", "uart.receive: must be one of pull, rts, dma"),
        ("uart.fast_baud", 1, "uart.fast_baud: must be one of 9600, "),
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
    change(board, field, value)
    assert [text for text in boards.problems(board) if text.startswith(problem)]


def change(board, field, value):
    *section, key = field.split(".")
    table = board[section[0]] if section else board
    if value is None:
        del table[key]
    else:
        table[key] = value


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
    del board["chip"]
    board["flash"] = {"kind": "pyb", "size": 1441792, "erase": 4096, "program": 256}
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


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("uart.receive", "dma", "uart.receive: dma is for rp2"),
        ("flash.offset", 4096, "flash.offset: for rp2"),
        ("chip", "RP2040", "chip: for rp2"),
        ("flash.erase", 512, "flash.erase: must be 4096 with pyb. In storage with other units"),
        ("flash.kind", "rp2", "flash.kind: must be pyb or spinor on stm32"),
        ("trial.watchdog_ms", 32768, "trial.watchdog_ms: must be a whole number from 1000"),
        ("module_pins", {"power": 14}, "module_pins.power: must be a name on stm32"),
    ],
)
def test_a_mistake_on_stm32_is_named_by_its_field(stm32, field, value, problem):
    change(stm32, field, value)
    assert [text for text in boards.problems(stm32) if text.startswith(problem)]


@pytest.fixture
def spinor(board):
    """A Pico with its slots on a W25Q128 on SPI1."""
    board["flash"].update(kind="spinor", size=1 << 24)
    board["storage"] = {"size": 1408 * 1024, "erase": 4096}
    board["spi"] = {"id": 1, "baud": 20_000_000, "cs": 13, "sck": 10, "mosi": 11, "miso": 12}
    board["areas"].update(data=[0, 65536], state=[65536, 8192])
    return board


def test_slots_on_an_spi_flash_and_the_root_in_the_storage(spinor):
    assert boards.problems(spinor) == []


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("spi", None, "spi: a section of boards with flash.kind spinor"),
        ("spi.id", 2, "spi.id: must be 0 or 1 on rp2"),
        ("spi.sck", 11, "spi.sck: GP11 cannot be SCK of a SPI"),
        ("spi.miso", 4, "spi.miso: GP4 belongs to the other SPI"),
        ("spi.mosi", None, "spi.mosi: missing"),
        ("spi.cs", 0, "spi.cs: 0 is uart.tx already"),
        ("flash.erase", 8192, "flash.erase: must be 4096 with spinor"),
        ("areas.root", [0, 1409 * 4096], "areas.root: ends"),
        ("areas.slot_b", [(1 << 24) - 4096, 552960], "areas.slot_b: ends 548864 bytes beyond the"),
        ("storage.size", 65537 * 3, "storage.size: must be a multiple of the erase unit"),
    ],
)
def test_a_mistake_with_an_spi_flash_is_named_by_its_field(spinor, field, value, problem):
    change(spinor, field, value)
    assert [text for text in boards.problems(spinor) if text.startswith(problem)]


def test_a_board_with_an_spi_flash_needs_to_know_its_storage(spinor):
    del spinor["storage"]
    assert boards.problems(spinor) == [
        "storage: a section of boards with flash.kind spinor, and only of those"
    ]


def test_an_stm32_names_only_the_select_pin_of_its_spi_flash():
    board = copy.deepcopy(boards.load("PYBV11_W25Q128"))
    board["spi"]["sck"] = 10
    assert boards.problems(board) == ["spi.sck: the board fixes the pins on stm32"]


@pytest.mark.parametrize(("rxbuf", "found"), [(4096, 0), (256, 0), (3000, 1)])
def test_the_ring_of_the_dma_is_a_power_of_two(board, rxbuf, found):
    board["uart"].update(receive="dma", rxbuf=rxbuf)
    problem = "uart.rxbuf: must be a power of two with dma, whose ring it is"
    assert boards.problems(board) == [problem] * found


@pytest.mark.parametrize("mode", [1, 2])
def test_the_way_to_register_is_optional(board, mode):
    board["module"]["register"] = mode
    assert boards.problems(board) == []
