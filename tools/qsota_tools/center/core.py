"""The Developer Center: its products, packages and plans, on a clock that is given.

No I/O, no threads, no time of its own: `advance` tells the time, `next_due` when something is to
happen. Runs on CPython and on MicroPython.
"""

import heapq

from qsota_tools.center import flow, life_cycle
from qsota_tools.center.hours import fixed_offset, next_slot
from qsota_tools.center.push_rules import GRID
from qsota_tools.center.registry import Device, Product

GRID_MS = 600000  # :00, :10, :20 ... (6.4)
REPLY_MS = 300  # from a request to its plan
URL_MS = 500  # from a confirmation to the URL


class Center:
    """now: ms since 1970; grid_ms: the push grid, 0 for none; reply_ms: from a request to its
    plan; url_ms: from a confirmation to the URL; offset(zone, ms): minutes east of UTC.

    quota: upgrades that each device may have in a month, None: they are not counted; topup: those
    that were bought.
    """

    def __init__(
        self, now=0, grid_ms=GRID_MS, reply_ms=REPLY_MS, url_ms=URL_MS, offset=fixed_offset
    ):
        self.now = now
        self.grid_ms = grid_ms
        self.reply_ms = reply_ms
        self.url_ms = url_ms
        self.offset = offset
        self.quota = None
        self.clock = None  # where the time of day comes from, for a restart
        self.topup = 0
        self.products = {}  # key -> Product
        self.packages = {}  # id -> VersionPackage
        self.plans = {}  # id -> Plan
        self.modules = {}  # IMEI -> ModuleMemory
        self.live = []  # plans that were activated and are not over, in their order
        self.running = 0  # devices that have confirmed and have no verdict yet
        self.changed = {}  # id(object) -> object, what touch() was told of
        self.removed = []  # what remove() was told of
        self.on_event = None  # fn(kind, device, task, fields), tells an observer
        self._due = []
        self._count = 0
        self._last_id = 0
        self._next_slot = next_slot(now + 1, grid_ms) if grid_ms else None

    # Time

    def advance(self, now):
        """Do what is due until now. A time before the last one is ignored."""
        while True:
            due = self.next_due()
            if due is None or due > now:
                break
            self.now = max(self.now, due)
            if self._next_slot is not None and self._next_slot <= due:
                self._push_all()
            else:
                _, _, fn, subject = heapq.heappop(self._due)
                fn(self, subject)
        self.now = max(self.now, now)

    def skip(self, now):
        """Like advance(), but of the slots of the grid in between only the last one counts."""
        if self._next_slot is not None:
            self._next_slot = max(self._next_slot, now - now % self.grid_ms)
        self.advance(now)

    def next_due(self):
        """The ms at which something is to happen next, or None."""
        due = self._due[0][0] if self._due else None
        if self._next_slot is None:
            return due
        return self._next_slot if due is None else min(due, self._next_slot)

    def schedule(self, ms, fn, subject):
        """Have fn(center, subject) called at ms; fn looks whether it is still wanted."""
        self._count += 1
        heapq.heappush(self._due, (ms, self._count, fn, subject))

    def set_grid(self, grid_ms):
        """Another push grid, 0 for none."""
        self.grid_ms = grid_ms
        self._next_slot = next_slot(self.now + 1, grid_ms) if grid_ms else None

    def _push_all(self):
        self._next_slot += self.grid_ms
        for product in list(self.products.values()):
            if any(plan.product in (None, product.key) for plan in self.live):
                for device in list(product.devices.values()):
                    if device.online:
                        flow.push(self, device, GRID)

    # What there is

    def register(self, product, key, session=None):
        """The device of that product and key, which is new if nobody has heard of it."""
        if product not in self.products:
            self.products[product] = Product(product, created=self.now)
            self.touch(self.products[product])
        devices = self.products[product].devices
        if key not in devices:
            devices[key] = Device(product, key, self.now)
            self.touch(devices[key])
            self.emit("registered", devices[key])
        device = devices[key]
        if session is not None:
            device.session = session
        return device

    def device(self, product, key):
        """The Device, or None."""
        known = self.products.get(product)
        return known.devices.get(key) if known else None

    def new_id(self):
        self._last_id += 1
        self.touch(self)
        return self._last_id

    def add_plan(self, plan):
        """Take a plan in; it gets its id."""
        plan.id = self.new_id()
        plan.created = self.now
        self.plans[plan.id] = plan
        self.touch(plan)
        return plan

    def within(self, plan):
        """The plan is active, and it is its planned time."""
        begun = plan.start is None or plan.start <= self.now
        return plan.live and begun and (plan.end is None or self.now < plan.end)

    def settle(self, plan):
        """A plan whose time is over ends with its last running device."""
        life_cycle.settle(self, plan)

    # For those who watch and keep

    def emit(self, kind, device=None, task=None, **fields):
        """Tell the observer that something happened."""
        if self.on_event:
            self.on_event(kind, device, task, fields)

    def touch(self, *objects):
        """These have changed and are to be saved."""
        for changed in objects:
            self.changed[id(changed)] = changed

    def remove(self, gone):
        """This does not exist any more."""
        self.changed.pop(id(gone), None)
        self.removed.append(gone)
