"""Many devices and their Developer Center in one virtual time: whoever is due next goes on."""

import heapq
from collections.abc import Callable
from itertools import count

from qsota_tools.center.core import Center
from qsota_tools.fleet.fleet_device import FleetDevice

_GONE = -2  # place of a device that was taken off


class World:
    """epoch_ms: the Center's time at the devices' zero; now_us: since then; center: None where it
    has a time of its own.

    Each device has a clock of its own, since an erase stops its processor and nobody else's. So
    it may be ahead of the world for as long as that takes: what it says then is heard at once,
    what it is told it hears after that.
    """

    def __init__(self, center: Center | None, epoch_ms: int):
        self.center = center
        self.devices: dict[str, FleetDevice] = {}
        self.now_us = 0
        self.steps = 0
        self._epoch_ms = epoch_ms
        self._queue: list[tuple[int, int, FleetDevice]] = []
        self._number = count()

    @property
    def now_ms(self) -> int:
        """Since 1970."""
        return self._epoch_ms + self.now_us // 1000

    def add(self, device: FleetDevice) -> None:
        """One more device, that lives from now on."""
        self.devices[device.key] = device
        self.wake(device)

    def remove(self, device: FleetDevice) -> None:
        """It is taken off: nothing more happens to it."""
        self.devices.pop(device.key, None)
        device.stop()
        device.place = _GONE

    def wake(self, device: FleetDevice) -> None:
        """Something has happened to it."""
        self._enter(device, max(self.now_us, device.due_us() or 0))

    def switch_on(self, key: str) -> None:
        """A device that was over goes on."""
        self.devices[key].go_on()
        self.wake(self.devices[key])

    def deliver(self, key: str, happen: Callable) -> None:
        """Have happen() called on a device's clock, now."""
        device = self.devices.get(key)
        if device is None:
            return
        device.clock.at_us(max(device.clock.now_us(), self.now_us), happen)
        self.switch_on(key)

    def run(self, until_ms: int) -> None:
        """Go on until that time, in ms since 1970."""
        end = (until_ms - self._epoch_ms) * 1000
        while True:
            due = self._queue[0][0] if self._queue else None
            center_due = self.center.next_due() if self.center else None
            if center_due is not None:
                center_us = (center_due - self._epoch_ms) * 1000
                if center_us <= end and (due is None or center_us <= due):
                    self._reach(center_us)
                    continue
            if due is None or due > end:
                break
            _, number, device = heapq.heappop(self._queue)
            if number == device.place:
                self._step(device, due)
        self._reach(end)

    def _reach(self, us: int) -> None:
        self.now_us = max(self.now_us, us)
        if self.center:
            self.center.advance(self.now_ms)

    def _step(self, device: FleetDevice, due: int) -> None:
        self.steps += 1
        self._reach(due)
        device.place = -1
        device.step(due)
        if device.place == -1 and (again := device.due_us()) is not None:
            self._enter(device, again)

    def _enter(self, device: FleetDevice, due_us: int) -> None:
        device.place = next(self._number)  # entries before this one do not count any more
        heapq.heappush(self._queue, (due_us, device.place, device))
