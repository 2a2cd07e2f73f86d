"""What a run of the virtual board is to end with."""

from qsota_tools.common.record_view import confirmed


class Goal:
    """A version that must be confirmed in the boot record and reported to the module."""

    def __init__(self, component: str, version: str):
        self._component = component
        self._version = version
        self._confirmed = False
        self._reported = False

    def reached(self, event: dict) -> bool:
        """Take an event into account; True once both have happened."""
        if event["event"] == "record":
            self._confirmed = confirmed(event, self._version)
        elif event["event"] == "report":
            wanted = (self._component, self._version)
            self._reported = (event["component"], event["version"]) == wanted
        return self._confirmed and self._reported
