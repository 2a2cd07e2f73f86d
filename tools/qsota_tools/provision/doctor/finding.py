"""One thing that was looked at."""

from typing import NamedTuple

OK, NOTE, BAD, SKIPPED = "ok", "note", "BAD", "-"


class Finding(NamedTuple):
    """what: the thing; state: OK, NOTE (may be meant so), BAD, or SKIPPED (what it depends on is
    bad); text: what was found; cure: what to do about it."""

    what: str
    state: str
    text: str
    cure: str = ""
