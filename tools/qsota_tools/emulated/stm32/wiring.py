"""What is soldered to a chip, by its pads, which are called like D6."""

from typing import NamedTuple


class Serial(NamedTuple):
    """A partner's wires: tx is the pad that the chip sends on; rts the one by which it holds its
    partner, if that looks; cts one that the partner keeps low."""

    tx: str
    rx: str
    rts: str | None = None
    cts: str | None = None


class SpiWires(NamedTuple):
    """A flash chip: on pads of an SPI, or banged, on pads that code moves itself."""

    cs: str
    sck: str
    miso: str
    mosi: str
    banged: bool = False


class Wiring(NamedTuple):
    """chip: its class; hse: Hz of the clock that the board feeds in; levels: pads that the board
    holds."""

    chip: str
    hse: int
    module: Serial
    nor: SpiWires
    console: Serial | None = None
    levels: dict[str, int] = {}
