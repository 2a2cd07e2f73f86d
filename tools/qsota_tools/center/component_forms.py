"""The components of a plan, in the order in which they are upgraded (6.5)."""

from qsota_tools.center.checks import LIST, NAME_MAX, VERSION_MAX, Form, found, is_word
from qsota_tools.center.plan import Component
from qsota_tools.center.plan_forms import known_plan, saved_plan

VERSIONS_MAX = 8
COMPONENTS_MAX = 20  # a module drops a plan with more as a whole (4.2)


def set_components(center, id, rows):
    """Replace them. Each row: identifier; package (its id); versions: for a full package, at most
    8 that the device must have one of, as a list or separated by ";"; upgrade: the switch."""
    plan = saved_plan(center, id)
    form = Form({"components": rows})
    rows = form.take("components", LIST, []) or []
    if len(rows) > COMPONENTS_MAX:
        form.wrong("components", "too-many", limit=COMPONENTS_MAX)
    components = []
    for number, fields in enumerate(rows):
        components.append(_component(center, form, number, fields, components))
    form.done()
    plan.components = components
    plan.strategy(plan.battery, plan.signal)
    center.touch(plan)
    return plan


def copy_components(center, id, other):
    """Take over those of another plan."""
    return set_components(center, id, [row(c) for c in known_plan(center, other).components])


def row(component):
    """The fields that make this component."""
    return {
        "identifier": component.name,
        "package": component.package,
        "versions": list(component.versions),
        "upgrade": component.upgrade,
    }


def _component(center, whole, number, fields, others):
    form = Form(fields if isinstance(fields, dict) else {}, "components[%d]." % number)
    name = form.word("identifier", NAME_MAX)
    package = found(form, "package", form.take("package", int), center.packages)
    versions = _versions(form)
    upgrade = form.flag("upgrade", True)
    if name and any(other and other.name == name for other in others):
        form.wrong("identifier", "duplicate", value=name)
    if package and package.delta and versions:
        form.wrong("versions", "full-only")
    try:
        form.done()
    finally:
        whole.complaints.extend(form.complaints)
        form.complaints = []
    return component_of(name, package, versions, upgrade)


def component_of(name, package, versions=(), upgrade=True):
    """The Component that brings this package."""
    return Component(
        name,
        package.target,
        package.files[0],
        source=package.source,
        space=package.size,
        kind=package.kind,
        versions=versions,
        upgrade=upgrade,
        package=package.id,
    )


def _versions(form):
    value = form.take("versions", (str,) + LIST, ()) or ()
    parts = value.split(";") if isinstance(value, str) else list(value)
    versions = []
    for part in parts:
        part = part.strip() if isinstance(part, str) else ""
        if part:
            versions.append(part)
        if not is_word(part) or len(part) > VERSION_MAX:
            if part or not isinstance(value, str):
                form.wrong("versions", "charset", allowed="letters, digits, _ - .")
    if len(versions) > VERSIONS_MAX:
        form.wrong("versions", "too-many", limit=VERSIONS_MAX)
    return versions
