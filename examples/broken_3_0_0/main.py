# A release that should not have left the house: it starts, but its sensor never answers. It is
# never confirmed, so the loader gives it its attempts and goes back to the version before.
import asyncio

from qsota.device import Device

device = Device()


def self_test():
    raise OSError("the sensor does not answer")


async def main():
    print("sensor node", device.version)
    await asyncio.sleep_ms(200)
    if device.trial:
        self_test()
        device.confirm()


asyncio.run(main())
