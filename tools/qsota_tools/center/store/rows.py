"""The Center's objects as rows of the tables, and back."""

from typing import Any

from qsota_tools.center.component_forms import row as component_fields
from qsota_tools.center.core import Center
from qsota_tools.center.plan import File, Plan
from qsota_tools.center.registry import Device, ModuleMemory, Product, Task
from qsota_tools.center.store import schema
from qsota_tools.center.version_packages import VersionPackage

Row = dict[str, Any]

_CENTER = ("quota", "topup", "grid_ms", "clock", "_last_id")
_DEVICE = (
    "product",
    "key",
    "created",
    "versions",
    "module_version",
    "seen",
    "reply_at",
    "sign",
) + ("auto_confirm", "month", "used")
_PACKAGE = (
    ("id", "name", "kind", "delta", "target", "source", "remarks", "uploader", "verified")
    + ("created", "updated")
)  # fmt: skip
_PLAN = (
    ("id", "name", "status", "product", "verifies", "zone", "start", "end", "mode", "active")
    + ("reject_ms", "retries", "battery", "signal", "texts", "created", "activated", "ended")
    + ("turn",)
)
_TASK = (
    ("phase", "status", "reason", "components", "received", "needed", "index", "retries")
    + ("refused", "url_at", "url_sent", "heard", "started", "ended", "count", "retry", "confirmed")
)  # fmt: skip
_FILE = ("name", "size", "md5", "sha256", "crc")


def _take(source: object, names: tuple[str, ...]) -> Row:
    return {name: getattr(source, name) for name in names}


def _give(target: object, names: tuple[str, ...], row: Any) -> None:
    for name in names:
        setattr(target, name, getattr(row, name))


# To rows: the table and the row of each class


def _center(center: Center) -> list[Row]:
    return [{"key": name, "value": getattr(center, name)} for name in _CENTER]


def _product(product: Product) -> list[Row]:
    return [_take(product, ("key", "name", "created"))]


def _device(device: Device) -> list[Row]:
    return [_take(device, _DEVICE)]


def _module(kept: ModuleMemory) -> list[Row]:
    return [_take(kept, ("imei", "memory"))]


def _package(package: VersionPackage) -> list[Row]:
    return [{**_take(package, _PACKAGE), "files": [_take(f, _FILE) for f in package.files]}]


def _plan(plan: Plan) -> list[Row]:
    row = _take(plan, _PLAN)
    row["whitelist"] = None if plan.whitelist is None else sorted(plan.whitelist)
    row["blacklist"] = sorted(plan.blacklist)
    row["window"] = plan.window and list(plan.window)
    row["components"] = [component_fields(component) for component in plan.components]
    return [row]


def _task(task: Task) -> list[Row]:
    row = _take(task, _TASK)
    row["plan"], row["device"] = task.plan.id, task.device.key
    row["appointed"] = task.appointed and list(task.appointed)
    return [row]


# In the order in which their rows may refer to each other
TABLES = (
    (Center, schema.settings, _center),
    (Product, schema.products, _product),
    (Device, schema.devices, _device),
    (ModuleMemory, schema.modules, _module),
    (VersionPackage, schema.packages, _package),
    (Plan, schema.plans, _plan),
    (Task, schema.tasks, _task),
)


# From rows


def setting(center: Center, row: Any) -> None:
    if row.key in _CENTER:
        setattr(center, row.key, row.value)


def product(row: Any) -> Product:
    return Product(row.key, row.name, row.created)


def device(row: Any) -> Device:
    made = Device(row.product, row.key, row.created)
    _give(made, _DEVICE, row)
    return made


def module(row: Any) -> ModuleMemory:
    return ModuleMemory(row.imei, row.memory)


def package(row: Any) -> VersionPackage:
    files = [File(**fields) for fields in row.files]
    made = VersionPackage(row.id, row.name, row.kind, row.delta, row.target, row.source, files)
    _give(made, _PACKAGE, row)
    return made


def plan(row: Any, component: Any) -> Plan:
    """component(fields): the Component that a row of the plan's components makes."""
    made = Plan([component(fields) for fields in row.components])
    _give(made, _PLAN, row)
    made.whitelist = None if row.whitelist is None else frozenset(row.whitelist)
    made.blacklist = frozenset(row.blacklist)
    made.window = row.window and tuple(row.window)
    made.strategy(made.battery, made.signal)
    return made


def task(row: Any, plan: Plan, device: Device) -> Task:
    made = Task(plan, device)
    _give(made, _TASK, row)
    made.appointed = row.appointed and tuple(row.appointed)
    return made
