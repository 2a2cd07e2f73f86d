"""Applications of a rig: coroutines that behave as their version says."""

import asyncio

from qsota_tools.proof.lab.edges import Reset


async def good_app(rig, device):
    """Confirms after two seconds, as an application whose self-test passed."""
    await asyncio.sleep_ms(2000)
    device.confirm()
    while True:
        device.feed()
        await asyncio.sleep_ms(1000)


async def crashing_app(rig, device):
    await asyncio.sleep_ms(500)
    raise Reset()


async def hanging_app(rig, device):
    """Never feeds the watchdog."""
    while True:
        await asyncio.sleep_ms(1000)


async def doubtful_app(rig, device):
    """Runs, feeds the watchdog, and never confirms."""
    while True:
        device.feed()
        await asyncio.sleep_ms(1000)
