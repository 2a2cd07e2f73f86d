# Every error carries a short kebab-case reason as its first argument; status and log show it.


class QsotaError(Exception):
    @property
    def reason(self):
        return self.args[0] if self.args else "unknown"


class AtError(QsotaError):
    """The module answered ERROR or +CME ERROR."""


class AtTimeout(AtError):
    """No final result code in time."""


class PackageError(QsotaError):
    """A package (or the plan that offers it) must not be installed."""


class FlashError(QsotaError):
    """A flash access was refused or did not read back."""


class BoardError(QsotaError):
    """The board file and the firmware do not fit each other."""
