# What the virtual board hangs on: the supervisor that powers it, reached over the control socket.
# The settings come down as one line of JSON; then one JSON object per line goes up, and only `ask`
# is answered, with one word.
import json
import sys
import time

FIFO = 32  # bytes that a UART keeps while interrupts are off

# port, terminal, stores (name -> file and size), timing, uart, uart_id, spi, unique_id, cause,
# keeper and kept (address and content of the register that outlives resets), usb and raw
settings = None
uarts = []  # the open UARTs: their drain() is called around a blind window

_control = None
_asked = 0


def attach(control):
    """Open the control socket, whose first line is the settings; the host's files are mounted."""
    global settings, _control
    _control = open(control, "r+b")
    settings = json.loads(_control.readline())
    # Makes it the terminal of this session: when the supervisor dies, so does this process.
    open(settings["terminal"]).close()


def send(event, **fields):
    """Tell the supervisor."""
    fields["event"] = event
    _control.write(json.dumps(fields) + "\n")


def ask(event, **fields):
    """Tell the supervisor and wait for its word."""
    global _asked
    # Ctrl-C may come before an answer is read: the number says which question it belongs to.
    _asked += 1
    send(event, ask=_asked, **fields)
    while True:
        answer = _control.readline().split()
        if not answer:
            sys.exit(1)  # the supervisor is gone
        if int(answer[0]) == _asked:
            return answer[1].decode()


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
