"""Package files become the plans that the simulated cloud offers."""

from pathlib import Path

from qsota.errors import PackageError
from qsota.update import package
from qsota_tools.center.plan import Component, Plan
from qsota_tools.common import files
from qsota_tools.common.errors import UserError


def plans(paths: list[Path], multi: bool, component: str | None, target: str | None) -> list[Plan]:
    """A plan for each package, or one for all of them; component and target name those that
    `qsota build` did not make. UserError."""
    if multi and len(paths) < 2:
        raise UserError("--multi is for several packages in one plan")
    if (component is None) != (target is None):
        raise UserError("--component and --target belong together")
    components = [_component(path, component, target) for path in paths]
    groups = [components] if multi and components else [[c] for c in components]
    return [Plan(group) for group in groups]


def _component(path: Path, component: str | None, target: str | None) -> Component:
    data = files.read(path)
    try:
        header = package.parse(data)
    except PackageError as error:
        if component and target:
            return Component(component, target, data)
        raise UserError(
            f"{path}: no qsota package ({error.reason}); name it by --component and --target"
        ) from None
    if component:
        raise UserError(
            f"{path} names its component and version itself: leave --component and --target out"
        )
    return Component(header.component, header.version, data)
