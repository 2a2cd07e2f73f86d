"""What a run of the simulation is to end with."""

from qsota_tools.center.cloud import FAILURE, NOT_NEEDED, SUCCESS
from qsota_tools.common.errors import UserError
from qsota_tools.common.event_watch import Outcome

RESULTS = {
    SUCCESS: "upgrade successful (10705)",
    FAILURE: "upgrade failed (10706)",
    NOT_NEEDED: "no update required",
}


class Goal:
    """The verdicts of all plans, and those that --until asks for."""

    def __init__(self, until: str | None, count: int):
        self._wanted: list[int | None] = [None] * count
        self._next = 0
        if until:
            codes = [_verdict(text) for text in until.split(",")]
            if len(codes) not in (min(1, count), count):
                raise UserError(f"--until: {len(codes)} verdicts for {count} plans")
            self._wanted[-len(codes) :] = codes

    def outcome(self, event: dict) -> Outcome | None:
        """Take an event into account; (reason, whether it is good) once the run is over."""
        if event["event"] != "plan-ended":
            return None
        wanted, result = self._wanted[self._next], event["result"]
        self._next += 1
        if wanted not in (None, result):
            return f"plan {self._next}: {RESULTS[result]}, not {wanted}", False
        return (RESULTS[result], True) if self._next == len(self._wanted) else None


def _verdict(text: str) -> int:
    if text not in (str(SUCCESS), str(FAILURE)):
        raise UserError(f"--until: must be 10705 or 10706, not {text}")
    return int(text)
