"""What must be true between the values of a board file: flash map, pins, port."""

from collections.abc import Iterator

from qsota_tools.boards.schema import RP2_SPI, RP2_UART, SLOT_MIN, WATCHDOG_MAX_MS, Board

_DATA_UNITS_MIN = 4  # two for the root pair of LittleFS, the rest to rewrite a file
_ERASE_PYB = 4096
STORAGE_OF_PORT = {"rp2": "rp2", "stm32": "pyb"}


def problems(board: Board) -> Iterator[str]:
    """All that does not fit together in a board file of the right shape, as `field: what`."""
    yield from _kind_problems(board)
    if board["flash"]["kind"] != "spinor":
        yield from _map_problems(board["flash"], board["areas"], "flash")
    elif "storage" in board:
        areas = dict(board["areas"])
        yield from _map_problems(board["storage"], {"root": areas.pop("root")}, "storage")
        yield from _map_problems(board["flash"], areas, "flash")
    yield from _role_problems(board)
    yield from _port_problems(board)
    yield from _shared_pins(board)


def _kind_problems(board: Board) -> Iterator[str]:
    kind, erase = board["flash"]["kind"], board["flash"]["erase"]
    own = STORAGE_OF_PORT[board["port"]]
    if kind not in (own, "spinor"):
        yield f"flash.kind: must be {own} or spinor on {board['port']}"
    if kind == "pyb" and erase != _ERASE_PYB:
        yield (
            f"flash.erase: must be {_ERASE_PYB} with pyb. In storage with other units, inside the "
            "chip, a power cut loses a whole sector: put the slots on an SPI flash chip (spinor)"
        )
    if kind == "spinor" and erase != _ERASE_PYB:
        yield f"flash.erase: must be {_ERASE_PYB} with spinor"
    for section in ("storage", "spi"):
        if (section in board) != (kind == "spinor"):
            yield f"{section}: a section of boards with flash.kind spinor, and only of those"


def _map_problems(flash: dict, areas: dict, section: str) -> Iterator[str]:
    erase = flash["erase"]
    if flash["size"] % erase:
        yield f"{section}.size: must be a multiple of the erase unit ({erase})"
    for name, (offset, size) in areas.items():
        if offset % erase or size % erase:
            yield f"areas.{name}: offset and size must be multiples of the erase unit ({erase})"
        if offset + size > flash["size"]:
            over = offset + size - flash["size"]
            yield f"areas.{name}: ends {over} bytes beyond the {section} ({flash['size']} bytes)"
    order = sorted(areas, key=areas.get)
    for before, after in zip(order, order[1:], strict=False):
        if sum(areas[before]) > areas[after][0]:
            yield f"areas.{after}: overlaps {before}"


def _role_problems(board: Board) -> Iterator[str]:
    areas, erase = board["areas"], board["flash"]["erase"]
    if areas["root"][0] != 0:
        yield "areas.root: must start at 0, where MicroPython looks for its file system"
    if areas["data"][1] < _DATA_UNITS_MIN * erase:
        yield f"areas.data: needs at least {_DATA_UNITS_MIN} erase units for a file system"
    if areas["state"][1] != 2 * erase:
        yield f"areas.state: must be exactly two erase units ({2 * erase} bytes)"
    if areas["slot_a"][1] != areas["slot_b"][1]:
        yield "areas.slot_b: must be as large as slot_a"
    if areas["slot_a"][1] < SLOT_MIN:
        yield f"areas.slot_a: must be at least {SLOT_MIN} bytes"


def _port_problems(board: Board) -> Iterator[str]:
    port = board["port"]
    if board["trial"]["watchdog_ms"] > WATCHDOG_MAX_MS[port]:
        yield f"trial.watchdog_ms: {port} allows at most {WATCHDOG_MAX_MS[port]}"
    yield from (_rp2_problems if port == "rp2" else _stm32_problems)(board)
    number = int if port == "rp2" else str
    for field, pin in _free_pins(board):
        if not isinstance(pin, number):
            yield f"{field}: must be a {'number' if number is int else 'name'} on {port}"


def _rp2_problems(board: Board) -> Iterator[str]:
    uart, spi = board["uart"], board.get("spi", {})
    needed = ["tx", "rx"] + ["rts"] * (uart["receive"] == "rts")
    yield from _rp2_bus_problems("UART", uart, RP2_UART, needed, lambda pin: (pin + 4 & 8) >> 3)
    if spi:
        yield from _rp2_bus_problems("SPI", spi, RP2_SPI, RP2_SPI, lambda pin: (pin & 8) >> 3)
    rxbuf = uart["rxbuf"]
    if uart["receive"] == "dma" and rxbuf & (rxbuf - 1):
        yield "uart.rxbuf: must be a power of two with dma, whose ring it is"


def _rp2_bus_problems(bus, section, signals, needed, bus_of) -> Iterator[str]:
    name = bus.lower()
    if section["id"] > 1:
        yield f"{name}.id: must be 0 or 1 on rp2"
    for signal, rest in signals.items():
        pin = section.get(signal)
        if pin is None:
            if signal in needed:
                yield f"{name}.{signal}: missing"
        elif pin % 4 != rest:
            yield f"{name}.{signal}: GP{pin} cannot be {signal.upper()} of a {bus}"
        elif bus_of(pin) != section["id"]:
            yield f"{name}.{signal}: GP{pin} belongs to the other {bus}"


def _stm32_problems(board: Board) -> Iterator[str]:
    for name, signals in (("uart", RP2_UART), ("spi", RP2_SPI)):
        section = board.get(name, {})
        for signal in signals.keys() & section.keys():
            yield f"{name}.{signal}: the board fixes the pins on stm32"
        if section.get("id") == 0:
            yield f"{name}.id: counts from 1 on stm32"
    if board["uart"]["receive"] == "dma":
        yield "uart.receive: dma is for rp2; on stm32 pull loses nothing while flash is written"
    if "offset" in board["flash"]:
        yield "flash.offset: for rp2, whose storage is a part of the flash that UF2 files address"
    if "chip" in board:
        yield "chip: for rp2, whose UF2 files name it"


def _free_pins(board: Board) -> Iterator[tuple[str, int | str]]:
    """Field and pin of all that may be at any pin."""
    pins = board.get("module_pins", {})
    if "maintenance_pin" in board:
        yield "maintenance_pin", board["maintenance_pin"]
    if "spi" in board:
        yield "spi.cs", board["spi"]["cs"]
    for name in ("power", "reset", "status"):
        if name in pins:
            yield f"module_pins.{name}", pins[name]


def _shared_pins(board: Board) -> Iterator[str]:
    used: dict[int | str, str] = {}
    bus_pins = [
        (f"{bus}.{signal}", board[bus][signal])
        for bus, signals in (("uart", RP2_UART), ("spi", RP2_SPI))
        for signal in signals
        if signal in board.get(bus, {})
    ]
    for field, pin in [*bus_pins, *_free_pins(board)]:
        if pin in used:
            yield f"{field}: {pin} is {used[pin]} already"
        used.setdefault(pin, field)
