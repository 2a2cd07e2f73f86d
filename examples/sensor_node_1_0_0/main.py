# A sensor node: it measures every second, and goes on measuring while an upgrade arrives.
import asyncio

import sensor

from qsota.device import Device

device = Device()


async def measure():
    while True:
        print(f"{sensor.celsius():.1f} C")
        await asyncio.sleep_ms(1000)


def battery_percent():
    return 100  # this node hangs on the mains; one with a cell measures it here


def show(status):
    print(status.phase, status.target, status.position, "of", status.length, status.reason)


async def main():
    print("sensor node", device.version)
    asyncio.create_task(measure())
    updater = device.updater(on_progress=show, battery=battery_percent)
    asyncio.create_task(updater.run())
    if device.trial and sensor.plausible():
        device.confirm()
    while True:
        device.feed()
        await asyncio.sleep_ms(1000)


asyncio.run(main())
