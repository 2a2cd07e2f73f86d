"""A fleet device's connection to the Developer Center, whose time is the world's."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qsota_tools.center.core import Center
from qsota_tools.center.plan import Component, Firmware, Plan
from qsota_tools.center.registry import OVER
from qsota_tools.center.session import Session
from qsota_tools.center.statuses import ENDED, TERMINATED
from qsota_tools.module.download import Storage

if TYPE_CHECKING:
    from qsota_tools.fleet.world import World


class Uplink(Session):
    """What comes from the Center happens to the module on its own clock, and ends its rest.

    plan: the one that is rehearsed, None as soon as it is over for this device.
    """

    def __init__(self, center: Center, world: "World", rehearsed: Plan, storage: Storage):
        super().__init__(center, storage)
        self._world = world
        self._rehearsed = rehearsed

    @property
    def plan(self) -> Plan | None:
        task = self._rehearsed.tasks.get(self.module.identity[1])
        over = task.phase == OVER if task else self._rehearsed.status in (ENDED, TERMINATED)
        return None if over else self._rehearsed

    @property
    def versions(self) -> dict[str, str]:
        """As the device uploaded them last."""
        return self.device.versions

    def offer(self, components: list[Component]) -> None:
        self._deliver(self.module.ota.plan, components)

    def firmware(self, firmware: Firmware) -> None:
        self._deliver(self.module.ota.firmware, firmware)

    def _deliver(self, take: Callable, message: Any) -> None:
        self._world.deliver(self.module.options.imei, lambda: self.online and take(message))
