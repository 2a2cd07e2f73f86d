"""Products, devices, and a device's progress in a plan."""

from qsota_tools.center import statuses
from qsota_tools.center.plan import MODULE

# Phases of a Task
WAITING, OFFERED, RUNNING, OVER = range(4)


class Product:
    def __init__(self, key, name=None, created=None):
        self.key = key
        self.name = name or key
        self.created = created
        self.devices = {}  # device key -> Device


class Device:
    """A device as the cloud knows it: its product's key, its own, and what it uploaded last."""

    def __init__(self, product, key, created=None):
        self.product = product
        self.key = key
        self.created = created
        self.versions = {}
        self.module_version = ""
        self.session = None  # the connection it came by, see session.py
        self.seen = None  # when it was heard last
        self.reply_at = None  # when its request for a plan is to be answered
        self.sign = ""  # what it asked for with its last confirmation
        self.auto_confirm = False  # the user's switch for manual plans
        self.progress = None  # what its module told last: {"kind": "read", ...}
        self.task = None  # the plan that it was offered or runs
        self.month = self.used = 0  # upgrades counted against the quota, and of which month

    @property
    def online(self):
        return self.session is not None and self.session.online

    def version_of(self, component):
        """The version of a plan's component that was uploaded last, or None."""
        if component.kind == MODULE:
            return self.module_version or None
        return self.versions.get(component.name)


class ModuleMemory:
    """What a simulated module keeps over a restart of the simulation, by its IMEI."""

    def __init__(self, imei, memory):
        self.imei = imei
        self.memory = memory


class Task:
    """One device in one plan: a state machine of WAITING, OFFERED, RUNNING, OVER."""

    def __init__(self, plan, device):
        self.plan = plan
        self.device = device
        self.phase = WAITING
        self.status = statuses.NOT_UPGRADED
        self.reason = ""  # of a failure
        self.components = {}  # name -> status, for what is not NOT_RECEIVED any more
        self.received = False  # the device reported that it has the plan
        self.needed = []  # names that were offered, in their order
        self.index = 0  # of the one in work
        self.retries = 0  # failed downloads of it
        self.refused = None  # when
        self.url_at = None  # when the URL is to be sent, until the device acknowledges it
        self.url_sent = False
        self.heard = None  # when it reported last
        self.started = self.ended = None
        self.count = 0  # upgrades that were begun
        self.retry = False  # the operator wants it tried once more, at once or when on-line
        self.confirmed = False  # by the user of a manual plan
        self.appointed = None  # (from, to) that the user chose, ms

    @property
    def current(self):
        """The component in work."""
        return self.component(self.needed[self.index])

    def component(self, name):
        for component in self.plan.components:
            if component.name == name:
                return component
        return None
