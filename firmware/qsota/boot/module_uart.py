# The UART to the module, as the board file says: its pins, its rate, and how it receives.
from micropython import const

from qsota.errors import BoardError
from qsota.resident import phases

_UNUSED_RING = const(64)


def open_uart(board):
    """The machine.UART, or the DmaUart around it; BoardError("unsupported-receive")."""
    import machine

    id = board.get("uart.id")
    uart = machine.UART(id, **_options(board, board.get("uart.baud")))
    if board.get("uart.receive", str) == "dma":
        made = phases.load("qsota.resident.uart_dma").DmaUart
        return made(uart, id, board.get("uart.rxbuf"), board.rp2350)
    return uart


def set_baud(board, uart, baud):
    """Change the rate of a UART from open_uart(); what it has received may be lost."""
    # With all options again: on stm32 init() would put the others back to their defaults.
    uart.init(**_options(board, baud))


def _options(board, baud):
    from machine import UART, Pin

    receive = board.get("uart.receive", str)
    if receive not in ("pull", "rts", "dma"):
        raise BoardError("unsupported-receive", receive)
    signals, flow = ["tx", "rx"], 0
    if receive == "rts":
        signals.append("rts")
        flow |= UART.RTS
    if "cts" in board.get("uart", dict):
        signals.append("cts")
        flow |= UART.CTS
    rxbuf = _UNUSED_RING if receive == "dma" else board.get("uart.rxbuf")
    options = {"baudrate": baud, "rxbuf": rxbuf}
    if board.get("port", str) == "rp2":
        # On stm32 the firmware fixes the pins, and naming them is an error.
        options.update((signal, Pin(board.get("uart." + signal))) for signal in signals)
    if flow:
        options["flow"] = flow
    return options
