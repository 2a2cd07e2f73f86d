# No slot holds an image that may run: the loader's own copy of the updater fetches one.
import asyncio

from qsota.device import Device


def main():
    """Run the updater alone, until it has installed something; never returns."""
    asyncio.run(Device().updater().run())
