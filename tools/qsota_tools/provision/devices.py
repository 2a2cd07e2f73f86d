"""Serial ports by what their USB numbers say of them."""

from typing import NamedTuple

from serial.tools import list_ports

BOARD, MODULE, ADAPTER, UNKNOWN = "board", "module", "adapter", "unknown"

_MICROPYTHON = {
    (0x2E8A, 0x0005): "MicroPython on rp2",
    **{(0xF055, number): "MicroPython on stm32" for number in range(0x9800, 0x9804)},
}
_RASPBERRY_PI, _QUECTEL = 0x2E8A, 0x2C7C
# Of them nobody knows what hangs on the other side: a module, as a rule.
_ADAPTERS = {0x0403: "FTDI", 0x10C4: "CP210x", 0x1A86: "CH34x", 0x067B: "PL2303"}


class Device(NamedTuple):
    """port: its name; kind: board, module, adapter or unknown; usb: vendor and product in hex."""

    port: str
    kind: str
    usb: str
    serial: str
    description: str


def devices() -> list[Device]:
    """Those on USB, in the order of their names."""
    found = [port for port in list_ports.comports() if port.vid is not None]
    return [_device(port) for port in sorted(found, key=lambda port: port.device)]


def _device(port) -> Device:
    kind, what = _kind(port.vid, port.pid)
    usb = f"{port.vid:04x}:{port.pid:04x}"
    text = ", ".join(filter(None, [what, port.description]))
    return Device(port.device, kind, usb, port.serial_number or "", text)


def _kind(vendor: int, product: int) -> tuple[str, str]:
    if name := _MICROPYTHON.get((vendor, product)):
        return BOARD, name
    if vendor == _RASPBERRY_PI:
        return BOARD, "Raspberry Pi chip"
    if vendor == _QUECTEL:
        return MODULE, "Quectel"
    if name := _ADAPTERS.get(vendor):
        return ADAPTER, f"USB-UART adapter ({name})"
    return UNKNOWN, ""
