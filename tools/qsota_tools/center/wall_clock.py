"""The Center's time of day: the real one, until it is paused, hurried or moved on."""

import time

SPEEDS = (1, 2, 5, 10, 60, 600)


class WallClock:
    """now() in ms since 1970. It never goes back: what was planned stays planned."""

    def __init__(self, real=lambda: time.time_ns() // 1000000):
        self._real = real
        self._at_since_speed = real(), real(), 1.0  # in one, since other threads ask

    def now(self) -> int:
        at, since, speed = self._at_since_speed
        return int(at + max(0, self._real() - since) * speed)

    @property
    def speed(self) -> float:
        return self._at_since_speed[2]

    def real_s(self, ms: int) -> float | None:
        """Seconds of real time until now() is ms; None while it is paused."""
        return max(0, ms - self.now()) / self.speed / 1000 if self.speed else None

    def run(self, speed: float) -> None:
        """0: paused, 1: as fast as real time."""
        self._at_since_speed = self.now(), self._real(), speed

    def jump(self, ms: int) -> None:
        """Move on to that time; nothing between is made up for. An earlier time is ignored."""
        self._at_since_speed = max(self.now(), ms), self._real(), self.speed

    @property
    def state(self) -> list[float]:
        """What a restart goes on from."""
        return list(self._at_since_speed)

    @state.setter
    def state(self, state: list[float]) -> None:
        at, since, speed = state
        self._at_since_speed = at, since, speed
