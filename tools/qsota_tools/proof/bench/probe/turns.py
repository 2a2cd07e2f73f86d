# An application with a watchdog of its own, and a task that wants a turn each millisecond.
# Whenever that had to wait for longer than ever before:
#   HELD <microseconds> <phase of the upgrade>
import asyncio
import time

from machine import WDT
from qsota.device import Device

WATCHDOG_MS = 5000


class Turns:
    longest = 0
    phase = "-"

    def note(self, status):
        self.phase = status.phase

    async def take(self, wdt):
        last = time.ticks_us()
        while True:
            await asyncio.sleep_ms(1)
            waited = time.ticks_diff(time.ticks_us(), last)
            wdt.feed()
            if waited > self.longest:
                self.longest = waited
                print("HELD", waited, self.phase)
            last = time.ticks_us()


async def main():
    device, turns = Device(), Turns()
    updater = device.updater(on_progress=turns.note)
    asyncio.create_task(updater.run())
    if device.trial:
        device.confirm()
    await turns.take(WDT(timeout=WATCHDOG_MS))


asyncio.run(main())
