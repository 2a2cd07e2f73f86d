# ${name}: starts everything, keeps a new version only if it does its job, and takes updates.
import asyncio

from qsota.device import Device

device = Device()
rounds = 0


async def work():
    """The product's own job; it goes on while an update arrives."""
    global rounds
    while True:
        rounds += 1
        await asyncio.sleep_ms(200)


async def self_test():
    """On trial only: keep this version, or go back to the one before.

    Ask what the product lives from: that the sensor answers, that the figures are plausible.
    """
    await asyncio.sleep_ms(1000)
    if rounds >= 3:
        device.confirm()
    else:
        device.revert("no-work-done")


def show(status):
    print(status.phase, status.target, status.position, "of", status.length, status.reason)


async def main():
    print("${name}", device.version)
    asyncio.create_task(work())
    asyncio.create_task(device.updater(on_progress=show).run())
    if device.trial:
        asyncio.create_task(self_test())
    while True:
        device.feed()
        await asyncio.sleep_ms(1000)


asyncio.run(main())
