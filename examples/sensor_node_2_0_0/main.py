# A sensor node: it measures every second, and goes on measuring while an upgrade arrives.
# New in this version: the sensor is outside, its table is in the image; and the extremes so far.
import asyncio

import sensor

from qsota.device import Device

device = Device()


async def measure():
    extremes = sensor.Extremes()
    while True:
        now = sensor.celsius()
        extremes.add(now)
        print(f"{now:.1f} C ({extremes.low:.1f} to {extremes.high:.1f})")
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
