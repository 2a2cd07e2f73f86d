"""Faults of a rig's wire, each of which happens once.

Of several that wait on one direction the latest comes first, and each has a write of its own.
Runs on CPython and on MicroPython.
"""


def once(line, mark, change):
    """The next write on a line of the UART that has mark in it travels as change(data)."""

    def fault(data):
        if mark not in data or line.filters[-1] is not fault:
            return data
        line.filters.pop()
        return change(data)

    line.filters.append(fault)


def _lose(line, text):
    once(line, text.encode(), lambda data: b"")


def _change(line, old, new):
    once(line, old, lambda data: data.replace(old, new))


def _meanwhile(line, text, action):
    """action() when the data passes, which arrives as it is."""

    def look(data):
        action()
        return data

    once(line, text.encode(), look)


def lose_command(rig, line):
    """The next command that begins with line does not arrive."""
    _lose(rig.uart.tx, line)


def change_command(rig, old, new):
    """Bytes of the next command that contains them arrive as other ones."""
    _change(rig.uart.tx, old, new)


def refuse(rig, line):
    """The module answers the next command that begins with line by ERROR."""
    _meanwhile(rig.uart.tx, line, lambda: rig.module.refuse_next(1))


def lose_answer(rig, line):
    """The answer to the next command that begins with line does not arrive."""
    _meanwhile(rig.uart.tx, line, lambda: _lose(rig.uart.rx, "OK"))


def lose_urc(rig, text):
    """The next data from the module that contains text does not arrive."""
    _lose(rig.uart.rx, text)


def change_urc(rig, old, new):
    """Bytes of the next data from the module that contains them arrive as other ones."""
    _change(rig.uart.rx, old, new)


def flip_bit(rig, mark):
    """In the next data from the module that contains mark, one bit arrives inverted."""

    def flip(data):
        at = data.index(mark) + 100
        return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]

    once(rig.uart.rx, mark, flip)
