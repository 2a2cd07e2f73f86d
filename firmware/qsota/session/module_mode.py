# What a stored profile, or the MCU's last life, may have left otherwise in the module.
from micropython import const

from qsota import log
from qsota.errors import AtError, AtTimeout

_GUARD_MS = const(1100)  # silence around "+++"
_SHORT_MS = const(20)
_PROMPT_MAX = const(1500)
_FILL = const(250)
_PORTS = (b"uart1", b"all", b"main")  # where URCs may go


async def reach(at, rts=False):
    """Return when the module answers; AtTimeout("no-answer"). rts: the flow control is wired."""
    try:
        await at.sync()
        return
    except AtTimeout:
        pass
    await leave(at, rts)
    await at.sync(1)


async def leave(at, rts=False):
    """Out of what keeps a module that runs from answering: data mode, flow control by a line that
    is not wired, and a prompt that wants a number of bytes and knows no ESC."""
    log.write("module: +++")
    await at.escape(b"+++", _GUARD_MS)
    if not rts:
        await at.escape(b"\r\nAT+IFC=0,0\r\n", _SHORT_MS)
    # Empty lines to a module that waits for commands; a message that its MCU's reset has cut short
    # cannot be saved.
    for _ in range(_PROMPT_MAX // _FILL):
        await at.escape(b"\r" * _FILL, _SHORT_MS)


async def settle(at, rts=False):
    """Set what the library relies on: no echo, errors by number, URCs on this UART, and that the
    module stops where the board's RTS says so."""
    await _set(at, b"ATE0")
    if rts:
        await _set(at, b"AT+IFC=2,2")
    await _set(at, b"AT+CMEE=1")
    try:
        ports = await at.command(b'AT+QURCCFG="urcport"', b"+QURCCFG:")
    except AtTimeout:
        raise
    except AtError:
        return  # it has only one
    for line in ports:
        if not any(port in line for port in _PORTS):
            await _set(at, b'AT+QURCCFG="urcport","uart1"')


async def _set(at, line):
    try:
        await at.command(line)
    except AtTimeout:
        raise
    except AtError as error:
        log.write("%s: %s" % (line.decode(), error.reason))
