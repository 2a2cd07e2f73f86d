# The smallest application that lets itself be updated, and what it holds besides.
import asyncio

from qsota.device import Device

HELD = 0  # bytes
held = [bytearray(1024) for _ in range(HELD // 1024)]


async def main():
    device = Device()
    asyncio.create_task(device.updater().run())
    if device.trial:
        device.confirm()
    while True:
        device.feed()
        await asyncio.sleep_ms(1000)


asyncio.run(main())
