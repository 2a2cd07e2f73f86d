import time

now = time.ticks_us()

import gc  # noqa: E402

gc.collect()
print("FIRST", gc.mem_alloc(), now)
