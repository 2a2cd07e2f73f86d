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


def lose_command(rig, line):
    """The next command that begins with line does not arrive."""
    once(rig.uart.tx, line.encode(), lambda data: b"")


def change_command(rig, old, new):
    """Bytes of the next command that contains them arrive as other ones."""
    once(rig.uart.tx, old, lambda data: data.replace(old, new))


def refuse(rig, line):
    """The module answers the next command that begins with line by ERROR."""

    def refuse_it(data):
        rig.module.refuse_next(1)
        return data

    once(rig.uart.tx, line.encode(), refuse_it)


def lose_answer(rig, line):
    """The answer to the next command that begins with line does not arrive."""

    def lose(data):
        once(rig.uart.rx, b"OK", lambda data: b"")
        return data

    once(rig.uart.tx, line.encode(), lose)


def lose_urc(rig, text):
    """The next data from the module that contains text does not arrive."""
    once(rig.uart.rx, text.encode(), lambda data: b"")


def change_urc(rig, old, new):
    """Bytes of the next data from the module that contains them arrive as other ones."""
    once(rig.uart.rx, old, lambda data: data.replace(old, new))


def flip_bit(rig, mark):
    """In the next data from the module that contains mark, one bit arrives inverted."""

    def flip(data):
        at = data.index(mark) + 100
        return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]

    once(rig.uart.rx, mark, flip)
