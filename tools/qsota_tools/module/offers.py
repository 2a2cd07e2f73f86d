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
    contents = {path: files.read(path) for path in paths}
    if component and not any(_header(data) is None for data in contents.values()):
        raise UserError(
            "--component and --target are for a package that `qsota build` did not make"
        )
    components = [_component(path, contents[path], component, target) for path in paths]
    groups = [components] if multi and components else [[c] for c in components]
    return [Plan(group) for group in groups]


def _header(data: bytes) -> package.Header | None:
    try:
        return package.parse(data)
    except PackageError:
        return None


def _component(path: Path, data: bytes, component: str | None, target: str | None) -> Component:
    if header := _header(data):
        return Component(header.component, header.version, data)
    if component and target:
        return Component(component, target, data)
    raise UserError(f"{path}: no qsota package; name it by --component and --target")
