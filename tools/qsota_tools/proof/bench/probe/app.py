# The smallest application that lets itself be updated.
import asyncio

from qsota.device import Device


async def main():
    device = Device()
    asyncio.create_task(device.updater().run())
    if device.trial:
        device.confirm()
    while True:
        device.feed()
        await asyncio.sleep_ms(1000)


asyncio.run(main())
