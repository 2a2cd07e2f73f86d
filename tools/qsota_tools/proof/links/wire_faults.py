"""What can happen to bytes on their way: functions for the filters of the wire.

A fault is called with the bytes of one write (a command, an answer, a URC) and returns those that
travel on. Runs on CPython and on MicroPython.
"""


class ByteFault:
    """Replaces single bytes by change(byte) -> bytes, one in `mean` on average."""

    def __init__(self, dice, mean, change):
        self._dice = dice
        self._mean = mean
        self._change = change
        self._left = self._gap()

    def _gap(self):
        return self._dice.below(2 * self._mean)

    def __call__(self, data):
        out = b""
        while self._left < len(data):
            out += data[: self._left] + self._change(data[self._left])
            data = data[self._left + 1 :]
            self._left = self._gap()
        self._left -= len(data)
        return out + data


def lost(dice, mean):
    return ByteFault(dice, mean, lambda byte: b"")


def doubled(dice, mean):
    return ByteFault(dice, mean, lambda byte: bytes([byte, byte]))


def flipped(dice, mean):
    return ByteFault(dice, mean, lambda byte: bytes([byte ^ 1 << dice.below(8)]))


def noisy(dice, mean):
    """Bursts of other bytes in between."""
    return ByteFault(dice, mean, lambda byte: bytes([byte]) + dice.data(dice.between(1, 40)))


def cut(dice, mean):
    """Some writes lose their end, or all of it."""

    def fault(data):
        return data[: dice.below(len(data) + 1)] if data and dice.once_in(mean) else data

    return fault


class Delay:
    """Some of what the module sends comes late, so that later writes overtake it."""

    def __init__(self, rig, dice, mean, longest_ms=15000):
        self._rig = rig
        self._dice = dice
        self._mean = mean
        self._longest_ms = longest_ms
        self._passing = False

    def __call__(self, data):
        if self._passing or not self._dice.once_in(self._mean):
            return data
        self._rig.clock.after(self._dice.between(1, self._longest_ms), self._send, data)
        return b""

    def _send(self, data):
        self._passing = True
        self._rig.uart.receive(data)
        self._passing = False
