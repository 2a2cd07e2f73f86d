"""The console's clock: a demonstration of a 10-minute grid need not take 10 minutes.

Only the Center's time of day moves; modules and boards go on in real time.
"""

from typing import TYPE_CHECKING

from qsota_tools.center.complaints import refuse
from qsota_tools.center.desk.views import View
from qsota_tools.center.hours import next_in_window, next_slot
from qsota_tools.center.plan_forms import known_plan
from qsota_tools.center.wall_clock import SPEEDS

if TYPE_CHECKING:
    from qsota_tools.center.service import Service


class Clock:
    def __init__(self, service: "Service"):
        self._service = service

    def get(self) -> View:
        """now: ms since 1970; speed: 0 while paused; slot: of the next push."""
        with self._service.reading() as center:
            wall = self._service.wall
            slot = next_slot(center.now + 1, center.grid_ms) if center.grid_ms else None
            return {"now": center.now, "speed": wall.speed, "slot": slot}

    def pause(self) -> View:
        return self._set(0)

    def run(self, speed: float = 1) -> View:
        """speed: one of wall_clock.SPEEDS."""
        if speed not in SPEEDS:
            raise refuse("speed", "not-one-of", choices=", ".join(map(str, SPEEDS)))
        return self._set(speed)

    def jump(self, ms: int) -> View:
        """To that time, which must be later than now."""
        with self._service.operation() as center:
            if type(ms) is not int or ms < center.now:
                raise refuse("ms", "already-over")
            self._service.wall.jump(ms)
            self._keep(center)
            center.skip(ms)
        return self.get()

    def jump_to_slot(self) -> View:
        """To the next push of the grid."""
        with self._service.reading() as center:
            if not center.grid_ms:
                raise refuse("grid", "unknown", value=0)
            slot = next_slot(center.now + 1, center.grid_ms)
        return self.jump(slot)

    def jump_to_window(self, plan: int) -> View:
        """To the next moment at which that plan's period is open, or its time begins."""
        with self._service.reading() as center:
            known = known_plan(center, plan)
            opens = max(center.now, known.start)
            if known.window:
                opens = next_in_window(opens, known.window, known.zone, center.offset)
            if opens >= known.end:
                raise refuse("plan", "plan-over")
        return self.jump(next_slot(opens, center.grid_ms))

    def _set(self, speed: float) -> View:
        with self._service.operation() as center:
            self._service.wall.run(speed)
            self._keep(center)
        return self.get()

    def _keep(self, center) -> None:
        center.clock = self._service.wall.state
        center.touch(center)
