# How an attempt at a package may end, besides well.
from qsota.errors import PackageError, QsotaError


class Unreadable(PackageError):
    """There is no use in reading the package once more."""


class Ended(QsotaError):
    """The module has closed the plan; there is nothing left to read."""


class Superseded(QsotaError):
    """Another offer or another component's download came: its event waits in the queue again."""


def is_same(upgrade, event):
    """True if a 10701 starts the download on record again; one of its digests may be damaged."""
    return (
        upgrade.component == event.component
        and upgrade.length == event.length
        and (upgrade.md5 in (event.md5, b"") or upgrade.sha256 == event.sha256 != b"")
    )
