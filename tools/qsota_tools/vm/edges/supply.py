# What the virtual board hangs on: the supervisor that powers it, reached over the control socket.
# One JSON object per line goes up; only `ask` is answered, with one word.
import json
import sys
import time

FIFO = 32  # bytes that a UART keeps while interrupts are off

settings = (
    None  # from the supervisor: flash, size, erase, program, uart, uart_id, control, cause...
)
uarts = []  # the open UARTs: their drain() is called around a blind window

_control = None


def attach(text):
    """Take the settings (JSON) and open the control socket; the host's files are still mounted."""
    global settings, _control
    settings = json.loads(text)
    _control = open(settings["control"], "r+b")


def send(event, **fields):
    """Tell the supervisor."""
    fields["event"] = event
    _control.write(json.dumps(fields) + "\n")


def ask(event, **fields):
    """Tell the supervisor and wait for its word."""
    send(event, **fields)
    return _control.readline().strip().decode()


def halt(event, **fields):
    """Tell the supervisor why the processor stops here. It ends this process: no handler of the
    running program can stand in the way, as none can on the board."""
    send(event, **fields)
    while _control.read(1):
        pass
    sys.exit(1)  # the supervisor itself is gone


def blind(us):
    """Interrupts are off for us microseconds: a UART keeps no more than its FIFO holds."""
    for uart in uarts:
        uart.drain()
    time.sleep_us(us)
    for uart in uarts:
        uart.drain(FIFO)
