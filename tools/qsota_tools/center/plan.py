"""Upgrade plans as the Developer Center keeps them, and the firmware message they lead to."""

import binascii
import hashlib

from qsota_tools.common.crc import crc32_mpeg2

MODULE = 0  # component types
MCU = 1


class Firmware:
    """What the cloud tells the module about one file (command 0x0113)."""

    def __init__(self, component, target, kind, url, data):
        self.component = component
        self.target = target
        self.kind = kind
        self.url = url
        self.size = len(data)
        self.md5 = binascii.hexlify(hashlib.md5(data).digest()).decode()
        self.sha256 = binascii.hexlify(hashlib.sha256(data).digest()).decode()
        self.crc = crc32_mpeg2(data)


class Component:
    """One component of a plan: a package and the conditions of its upgrade.

    source: the version a delta needs, "" for a full package; battery in percent, signal in dBm,
    space in bytes (default: the package's size).
    """

    def __init__(
        self, name, target, data, source="", battery=30, signal=-113, space=None, kind=MCU
    ):
        self.name = name
        self.target = target
        self.data = bytes(data)
        self.source = source
        self.battery = battery
        self.signal = signal
        self.space = len(self.data) if space is None else space
        self.kind = kind
        self.url = "http://ota.example/" + name + "/" + target
        self.firmware = Firmware(name, target, kind, self.url, self.data)


class Plan:
    """Components in their order.

    retries: how often the URL is sent again after a failed download; reject_min: minutes for which
    a refusal counts; active: offered on the push grid, not only when the device asks.
    """

    def __init__(self, components, retries=5, reject_min=120, active=True):
        self.components = list(components)
        self.retries = retries
        self.reject_ms = reject_min * 60000
        self.active = active
