"""Feeds a virtual board's flash operations, and fails in one of them if told so."""

CUTS = ("before", "torn", "after")


class PowerSupply:
    """operations: flash operations so far."""

    def __init__(self):
        self.operations = 0
        self._cut: tuple[int, str] | None = None

    def cut_at(self, operation: int, how: str) -> None:
        """Fail in the nth operation from now (1 is the next): before it, in the middle of it
        ("torn") or right after it."""
        if how not in CUTS:
            raise ValueError(f"a cut is one of {', '.join(CUTS)}")
        self._cut = (self.operations + operation, how)

    def next_operation(self) -> str:
        """How far the next operation gets: "go", all the way, or one of CUTS."""
        self.operations += 1
        if self._cut and self.operations >= self._cut[0]:
            how, self._cut = self._cut[1], None
            return how
        return "go"
