# An application of many modules: when its first line runs, and for how long an import takes.
import time

now = time.ticks_us()

import gc  # noqa: E402

LAST = ""

gc.collect()
print("FIRST", gc.mem_alloc(), now)
begun = time.ticks_us()
__import__(LAST)
print("BASE", gc.mem_alloc(), time.ticks_diff(time.ticks_us(), begun))
