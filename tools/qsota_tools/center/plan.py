"""Upgrade plans as the Developer Center keeps them, and the firmware message they lead to."""

import binascii
import hashlib

from qsota_tools.center.statuses import ACTIVE, SAVED, UPGRADING
from qsota_tools.common.crc import crc32_mpeg2

MODULE = 0  # component types
MCU = 1

SILENT = "silent"  # upgrade modes
MANUAL = "manual"  # the user confirms in the app

BATTERY = 30  # percent; defaults of the strategy
SIGNAL = -113  # dBm
RETRIES = 5
REJECT_MIN = 120


class File:
    """What the cloud knows of a file: its name, its size in bytes and its sums."""

    def __init__(self, name, size, md5, sha256, crc):
        self.name = name
        self.size = size
        self.md5 = md5
        self.sha256 = sha256
        self.crc = crc


def file_of(name, data):
    """The File of these bytes."""
    md5 = binascii.hexlify(hashlib.md5(data).digest()).decode()
    sha256 = binascii.hexlify(hashlib.sha256(data).digest()).decode()
    return File(name, len(data), md5, sha256, crc32_mpeg2(data))


class Firmware:
    """What the cloud tells the module about one file (command 0x0113)."""

    def __init__(self, component, target, kind, url, file):
        self.component = component
        self.target = target
        self.kind = kind
        self.url = url
        self.size = file.size
        self.md5 = file.md5
        self.sha256 = file.sha256
        self.crc = file.crc


class Component:
    """One component of a plan: a package and the conditions of its upgrade (6.5).

    data: the package's bytes, or their File; source: the version a delta needs, "" for a full
    package; battery in percent, signal in dBm, space in bytes (default: the package's size).
    versions: those that a full package is meant for, all if empty; upgrade: the switch in the
    plan's list; package: the id of its version package, None outside of a database.
    """

    def __init__(
        self,
        name,
        target,
        data,
        source="",
        battery=BATTERY,
        signal=SIGNAL,
        space=None,
        kind=MCU,
        versions=(),
        upgrade=True,
        package=None,
    ):
        stored = isinstance(data, File)
        file = data if stored else file_of(name, data)
        self.name = name
        self.target = target
        self.data = None if stored else bytes(data)
        self.source = source
        self.battery = battery
        self.signal = signal
        self.space = file.size if space is None else space
        self.kind = kind
        self.versions = tuple(versions)
        self.upgrade = upgrade
        self.package = package
        self.url = "http://ota.example/" + (file.sha256 if stored else name + "/" + target)
        self.firmware = Firmware(name, target, kind, self.url, file)


class Plan:
    """Components in their order, whom they are for, and when (6.4).

    retries: how often the URL is sent again after a failed download; reject_min: minutes for which
    a refusal counts; active: offered on the push grid, not only when the device asks.
    All times in ms since 1970. product None: every product; start, end None: at any time.
    """

    def __init__(self, components=(), retries=RETRIES, reject_min=REJECT_MIN, active=True):
        self.id = None
        self.name = ""
        self.status = SAVED
        self.product = None
        self.whitelist = None  # device keys; None: there is no such list
        self.blacklist = ()
        self.zone = "UTC+08:00"
        self.start = self.end = None
        self.mode = SILENT
        self.active = active
        self.window = None  # (from hour, to hour) in the plan's zone
        self.reject_ms = reject_min * 60000
        self.retries = retries
        self.battery = BATTERY
        self.signal = SIGNAL
        self.components = list(components)
        self.texts = {}  # language -> what the app shows
        self.verifies = None  # the id of the package that this is the verification of
        self.created = self.activated = self.ended = None
        self.turn = 0  # plans run in the order of their activation
        self.tasks = {}  # device key -> Task

    @property
    def live(self):
        """Devices get it."""
        return self.status in (ACTIVE, UPGRADING)

    def covers(self, device):
        """The device is in the plan's scope; a blacklist beats a whitelist."""
        if self.product not in (None, device.product):
            return False
        if device.key in self.blacklist:
            return False
        return self.whitelist is None or device.key in self.whitelist

    def strategy(self, battery, signal):
        """Set what a device must check before it confirms: percent and dBm."""
        self.battery, self.signal = battery, signal
        for component in self.components:
            component.battery, component.signal = battery, signal
