"""Shows what a simulation tells, until it has come to an end.

Events come in a SimpleQueue: Python's Queue can stay locked for ever when Ctrl-C, or the handler
of another signal, ends the thread that gets them, and whoever puts them waits for that lock then.
"""

import queue
import time
from collections.abc import Callable

Outcome = tuple[str, bool]  # why the run is over, and whether that is good


def watch(
    events: "queue.SimpleQueue[dict]",
    show: Callable[[dict], None],
    outcome: Callable[[dict], Outcome | None],
    timeout: float | None,
    good_at_timeout: bool,
) -> int:
    """Show events until outcome(event), or the time in seconds, ends the run, and that too as an
    event "done"; returns the exit code."""
    start, last = time.monotonic(), 0.0
    over = None
    while over is None:
        try:
            event = events.get(timeout=timeout and max(0, start + timeout - time.monotonic()))
        except queue.Empty:
            over = "timeout", good_at_timeout
        else:
            last = event.get("t", last)
            show(event)
            over = outcome(event)
    reason, ok = over
    # By the clock of the events, which began a little earlier.
    elapsed = max(last, round(time.monotonic() - start, 3))
    show({"event": "done", "t": elapsed, "reason": reason, "ok": ok})
    return 0 if ok else 1
