# The root's main.py with a look at the heap beside whatever runs, an application or the updater
# alone, as main.py of the probe tells it; "alone" where it is.
import asyncio
import gc
import time

HEAP = 0  # so many bytes are there, 0: all that the board has
PIECE = 4096  # one block of what is not there: a large one may not be found

gc.collect()
print("FIRST", gc.mem_alloc(), time.ticks_us())

from qsota.resident import handover, program  # noqa: E402


class Probe:
    def __init__(self):
        gc.collect()
        alone = gc.mem_alloc()
        wanted = HEAP and alone + gc.mem_free() - HEAP
        self.ballast = [bytearray(min(PIECE, wanted - n)) for n in range(0, wanted, PIECE)]
        gc.collect()
        self.taken = gc.mem_alloc() - alone
        self.peak = 0

    async def often(self):
        while True:
            gc.collect()
            live = gc.mem_alloc() - self.taken
            if live > self.peak:
                self.peak = live
                print("HEAP", live, live, "alone" if handover.state.alone else "-")
            await asyncio.sleep_ms(20)


asyncio.create_task(Probe().often())
program.main()
