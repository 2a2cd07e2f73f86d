"""Random numbers, the same ones on CPython and on MicroPython: each run can be repeated."""

_MASK = 0xFFFFFFFF


class Dice:
    """Marsaglia's xorshift32, seeded by any two numbers."""

    def __init__(self, seed, stream=0):
        mixed = (seed * 0x9E3779B1 + stream * 0x85EBCA6B + 0x6C078965) & _MASK
        self._state = mixed or 1
        for _ in range(8):  # neighbouring seeds start out alike
            self._next()

    def _next(self):
        x = self._state
        x ^= x << 13 & _MASK
        x ^= x >> 17
        x ^= x << 5 & _MASK
        self._state = x
        return x

    def below(self, n):
        """0..n-1."""
        return self._next() % n

    def between(self, low, high):
        """low..high, both included."""
        return low + self.below(high - low + 1)

    def once_in(self, n):
        """True one time in n."""
        return self.below(n) == 0

    def pick(self, choices):
        return choices[self.below(len(choices))]

    def data(self, size):
        return bytes([self.below(256) for _ in range(size)])
