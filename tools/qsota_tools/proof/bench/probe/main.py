# An application that tells what the library takes of its heap, once a second:
#   HEAP <live bytes> <most of them so far> <phase>
# A collection before each look: what is counted is what must stay. While there is nothing to do
# looks are rarer, since on an emulated board they would be most of the work.
import gc
import time

gc.collect()
print("FIRST", gc.mem_alloc(), time.ticks_us())

import asyncio  # noqa: E402

REFUSE = False
OFTEN_MS, RARELY_MS = 20, 200
DEPTH = 4  # calls between this file and the event loop: they take stack from the updater


class Probe:
    peak = 0
    phase = "-"

    def look(self, status=None):
        if status:
            self.phase = status.phase
        gc.collect()
        now = gc.mem_alloc()
        self.peak = max(self.peak, now)
        return now

    async def often(self):
        while True:
            self.look()
            await asyncio.sleep_ms(RARELY_MS if self.phase == "idle" else OFTEN_MS)


def consent(plan):
    return not REFUSE


async def main():
    probe = Probe()
    print("BASE", probe.look(), time.ticks_us())
    from qsota.device import Device

    device = Device()
    updater = device.updater(on_progress=probe.look, consent=consent)
    asyncio.create_task(updater.run())
    asyncio.create_task(probe.often())
    if device.trial:
        device.confirm()
    while True:
        print("HEAP", probe.look(), probe.peak, probe.phase)
        device.feed()
        await asyncio.sleep_ms(1000)


def begin(depth):
    if depth:
        begin(depth - 1)
    else:
        asyncio.run(main())


begin(DEPTH)
