"""How long work takes here: on the wall, and of processors, which other work does not lengthen."""

import os
import time


def _processors() -> float:
    """Seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


class Took:
    """From now on, in the process that asks."""

    def __init__(self):
        self._wall, self._processor = time.monotonic(), _processors()

    def figures(self) -> dict[str, float]:
        """host_s and processor_s so far."""
        return {
            "host_s": round(time.monotonic() - self._wall, 1),
            "processor_s": round(_processors() - self._processor, 1),
        }
