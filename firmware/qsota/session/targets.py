# What the targets of the components say of themselves. They belong to the application: one that
# raises or talks nonsense must not stand in the way of another.
from qsota import log
from qsota.session.names import VERSION_MAX, valid_name


class Slots:
    """What a session has to know of the application's slots, as a target."""

    needs_reset = True

    def __init__(self, version, capacity):
        self.version = version
        self.capacity = capacity


def version_of(target):
    """The version that the target runs, or None if it says none that could be reported."""
    version = log.call("version", getattr, target, "version")
    return version if isinstance(version, str) and valid_name(version, VERSION_MAX) else None


def capacity_of(target):
    """The largest package in bytes that the target takes, 0 if it does not say."""
    capacity = log.call("capacity", getattr, target, "capacity")
    return capacity if isinstance(capacity, int) else 0


def needs_reset(target):
    """Whether the new version runs only after a reset: none, for a target that does not say."""
    return log.call("needs_reset", getattr, target, "needs_reset", False) is True
