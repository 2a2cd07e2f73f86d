"""The session of a module that runs on a thread of its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qsota_tools.center.plan import Component, Firmware
from qsota_tools.center.registry import ModuleMemory
from qsota_tools.center.session import Session
from qsota_tools.module import flash_memory

if TYPE_CHECKING:
    from qsota_tools.center.service import Service

Versions = list[tuple[str, str]]


class ModuleSession(Session):
    """Messages from the module take effect at once; those to it follow when they are saved."""

    def __init__(self, service: "Service", call: Callable):
        super().__init__(service.center, service.new_storage())
        self._service = service
        self._call = call
        self._memory: dict | None = None

    def connected(self, versions: Versions) -> None:
        with self._service.message():
            super().connected(versions)

    def disconnected(self) -> None:
        with self._service.message():
            super().disconnected()

    def upload(self, versions: Versions) -> None:
        with self._service.message():
            super().upload(versions)

    def request(self, versions: Versions) -> None:
        with self._service.message():
            super().request(versions)

    def report(
        self, status: int, component: str, versions: Versions | None = None, sign: str = ""
    ) -> None:
        with self._service.message():
            super().report(status, component, versions, sign)

    def notify(self, kind: str, **fields: Any) -> None:
        with self._service.message():
            super().notify(kind, **fields)

    def recall(self) -> None:
        kept = self.center.modules.get(self.module.options.imei)
        if kept:
            flash_memory.recall(self.module, kept.memory)

    def remember(self) -> None:
        memory = flash_memory.kept(self.module)
        if memory == self._memory:
            return
        self._memory = memory
        with self._service.message() as center:
            imei = self.module.options.imei
            kept = center.modules.setdefault(imei, ModuleMemory(imei, memory))
            kept.memory = memory
            center.touch(kept)

    def detach(self) -> None:
        with self._service.message():
            super().detach()

    def offer(self, components: list[Component]) -> None:
        self._service.later(self._call, self.module.ota.plan, components)

    def firmware(self, firmware: Firmware) -> None:
        self._service.later(self._call, self.module.ota.firmware, firmware)
