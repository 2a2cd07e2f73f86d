"""From an SPI of the chip to a flash chip: only over pads that are switched to it."""

from qsota_tools.emulated.stm32.gpio import Pads
from qsota_tools.emulated.stm32.nor import Nor


class SpiBus:
    """The wires of one chip: pads by the signals that they are for (SCK, MISO, MOSI), and cs."""

    def __init__(self, nor: Nor, pads: Pads, wires: dict[str, str], cs: str):
        self._nor, self._pads, self._wires = nor, pads, wires
        port, pin = pads.at(cs)
        port.watch(pin, lambda level: nor.select(not level))

    def exchange(self, spi: str, data: bytes) -> bytes:
        """What the SPI of that name reads while it sends these bytes."""
        high = b"\xff" * len(data)
        if not self._reaches(spi, "SCK"):
            return high
        answer = self._nor.exchange(data if self._reaches(spi, "MOSI") else high)
        return answer if self._reaches(spi, "MISO") else high

    def _reaches(self, spi: str, signal: str) -> bool:
        return self._pads.signal(self._wires[signal]) == f"{spi}_{signal}"
