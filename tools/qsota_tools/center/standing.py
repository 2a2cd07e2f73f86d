"""Which components of a plan a device needs, by the versions that it uploaded last (6.5)."""

_COUNT_BYTES = 5 << 20  # one upgrade is counted per started 5 MB (6.1)


def needed(plan, device):
    """The components that the device gets, in their order."""
    return [c for c in plan.components if standing(c, device) == "needed"]


def at_target(plan, device):
    """Every component is there already: no update is required."""
    chosen = [c for c in plan.components if c.upgrade]
    return bool(chosen) and all(device.version_of(c) == c.target for c in chosen)


def standing(component, device):
    """Whether a device needs a component, or why not."""
    version = device.version_of(component)
    if not component.upgrade:
        return "switched-off"
    if version == component.target:
        return "at-target"
    if component.source and component.source != version:
        return "other-source"
    if component.versions and version not in component.versions:
        return "not-specified"
    return "needed"


def cost(components):
    """What an upgrade to these components counts against the quota."""
    return sum([-(-c.firmware.size // _COUNT_BYTES) for c in components])
