"""The Center's time of day: the real one, until it is paused, hurried or moved on."""

import time

SPEEDS = (1, 2, 5, 10, 60, 600)


class WallClock:
    """now() in ms since 1970. It never goes back: what was planned stays planned."""

    def __init__(self, real=lambda: time.time_ns() // 1000000):
        self._real = real
        self.speed = 1.0
        self._at = self._since = real()

    def now(self) -> int:
        return int(self._at + max(0, self._real() - self._since) * self.speed)

    def real_s(self, ms: int) -> float | None:
        """Seconds of real time until now() is ms; None while it is paused."""
        return max(0, ms - self.now()) / self.speed / 1000 if self.speed else None

    def run(self, speed: float) -> None:
        """0: paused, 1: as fast as real time."""
        self._at, self._since = self.now(), self._real()
        self.speed = speed

    def jump(self, ms: int) -> None:
        """Move on to that time; nothing between is made up for. An earlier time is ignored."""
        self._at, self._since = max(self.now(), ms), self._real()

    @property
    def state(self) -> list[float]:
        """What a restart goes on from."""
        return [self._at, self._since, self.speed]

    @state.setter
    def state(self, state: list[float]) -> None:
        self._at, self._since, self.speed = state
