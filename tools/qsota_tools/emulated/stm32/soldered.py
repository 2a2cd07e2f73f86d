"""The boards that are emulated: which chip, and what is soldered and wired to it.

Wires are where the board file's comments put them. It names no pins of a UART, since the firmware
fixes those: a board file with another UART than the one that is wired here does not work.
"""

from qsota_tools.emulated.stm32.clocks import MHZ
from qsota_tools.emulated.stm32.wiring import Serial, SpiWires, Wiring

# Of boards 1.3 and 3.1; the flash chip of a 2.0 answers on B4.
_BLACKPILL = Wiring(
    "F411",
    25 * MHZ,
    module=Serial("A2", "A3"),
    nor=SpiWires(cs="A4", sck="A5", miso="A6", mosi="A7"),
    console=Serial("A9", "A10"),
)
WIRINGS = {
    # A Nucleo-144: the ST-Link feeds in 8 MHz and has the console; the button pulls up.
    "NUCLEO_H743ZI_W25Q128": Wiring(
        "H743",
        8 * MHZ,
        module=Serial("D5", "D6", rts="D4", cts="D3"),
        nor=SpiWires(cs="A4", sck="B3", miso="B4", mosi="B5"),
        console=Serial("D8", "D9"),
        levels={"C13": 0},
    ),
    # X3 and X4 with X2; Y5 to Y8. Its console is on USB.
    "PYBV11_W25Q128": Wiring(
        "F405",
        12 * MHZ,
        module=Serial("A2", "A3", rts="A1", cts="A0"),
        nor=SpiWires(cs="B12", sck="B13", miso="B14", mosi="B15"),
    ),
    "SPARKFUN_MICROMOD_STM32": Wiring(
        "F405",
        12 * MHZ,
        module=Serial("A2", "A3"),
        nor=SpiWires(cs="C3", sck="C10", miso="C11", mosi="C12", banged=True),
    ),
    "WEACT_F411_BLACKPILL_4M": _BLACKPILL,
    "WEACT_F411_BLACKPILL_8M": _BLACKPILL,
}
