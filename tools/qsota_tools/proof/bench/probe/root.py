# The root's main.py with a look at the heap beside whatever runs, an application or the updater
# alone, as main.py of the probe tells it; "alone" where it is.
import asyncio
import gc
import time

HELD = len(globals().get("held", ""))  # by narrow_boot.py

gc.collect()
print("FIRST", gc.mem_alloc() - HELD, time.ticks_us())

from qsota.resident import handover, program  # noqa: E402


class Probe:
    peak = 0

    async def often(self):
        while True:
            gc.collect()
            live = gc.mem_alloc() - HELD
            if live > self.peak:
                self.peak = live
                print("HEAP", live, live, "alone" if handover.state.alone else "-")
            await asyncio.sleep_ms(20)


asyncio.create_task(Probe().often())
program.main()
