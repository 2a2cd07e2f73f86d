# Sent to a board over its raw REPL, after module_answer, to be the wire between the host and the
# module: its own program does not run meanwhile. What a function finds it prints.
import time

from machine import UART, Pin

_uart = None


def levels(*pins):
    """The level at each of these pins while nothing of the board drives it."""
    print([Pin(pin, Pin.IN, Pin.PULL_DOWN).value() for pin in pins])


def open_module(id, pins, **options):
    """Open the UART; pins: by signal, on rp2."""
    global _uart
    for signal, pin in pins.items():
        options[signal] = Pin(pin)
    _uart = UART(id, **options)


def exchange(data, ms):
    """Send data, if there is any, and print what comes until an answer ends, for at most ms
    milliseconds."""
    while data and _uart.any():
        _uart.read()
    while data:
        data = data[_uart.write(data) or 0 :]
    heard, start = b"", time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), start) < ms and not ended(heard):  # noqa: F821
        hold_watchdog()  # noqa: F821
        heard += _uart.read() or b"" if _uart.any() else b""
        time.sleep_ms(2)
    print(heard)
