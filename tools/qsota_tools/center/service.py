"""The Developer Center at work: the core in memory as the single writer, the database behind it,
modules in front of it, and a clock that can be paused, hurried and moved on.

Safe to be called from any thread. Nothing is acknowledged, told to a watcher or sent to a device
before it is in the database.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from qsota_tools.center import zones
from qsota_tools.center.core import Center
from qsota_tools.center.desk.app import App
from qsota_tools.center.desk.desk_clock import Clock
from qsota_tools.center.desk.devices import Devices
from qsota_tools.center.desk.monitor import Monitor
from qsota_tools.center.desk.packages import Packages
from qsota_tools.center.desk.plans import Plans
from qsota_tools.center.desk.products import Products
from qsota_tools.center.feed import Feed, Subscription
from qsota_tools.center.recorder import Recorder
from qsota_tools.center.remote import ModuleSession
from qsota_tools.center.store.files import PackageFiles
from qsota_tools.center.store.state import Store
from qsota_tools.center.wall_clock import WallClock
from qsota_tools.common.errors import UserError
from qsota_tools.module.download import Storage

_BATCH_S = 0.02  # messages that come within it are saved together
_LONG_MS = 3600000
_IDLE_S = 10  # the longest sleep
_AGAIN_S = 1  # after the database could not be written


class Service:
    """url: of the database, see store.database.connect; files: directory of the package files.

    with Service(url, files) as service: ...   (or start() and stop())
    service.products, .devices, .packages, .plans, .monitor, .app, .clock: what the pages do.
    """

    def __init__(self, url: str, files: Path, clock: WallClock | None = None):
        self.wall = clock or WallClock()
        self.files = PackageFiles(files)
        self.store = Store(url)
        self.center = Center(self.wall.now(), offset=zones.offset)
        self.failure: str | None = None  # why the database cannot be written at the moment
        self._recorder = Recorder(self.center)
        self._feed = Feed()
        self._outbox: list[tuple[Callable, tuple]] = []
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._pending = False  # messages that are not saved yet
        self._load()
        self.products = Products(self)
        self.devices = Devices(self)
        self.packages = Packages(self)
        self.plans = Plans(self)
        self.monitor = Monitor(self)
        self.app = App(self)
        self.clock = Clock(self)

    def _load(self) -> None:
        self.store.load(self.center)
        state = self.center.clock
        if state:
            self.wall.state = state
        self.center.now = self.wall.now()
        self.center.set_grid(self.center.grid_ms)
        self.files.sweep({f.sha256 for p in self.center.packages.values() for f in p.files})

    # Operations

    @contextmanager
    def operation(self) -> Iterator[Center]:
        """The Center at the present time, to be changed; saved when the block ends.

        UserError if that is not possible. A BadInput in the block changes nothing.
        """
        with self._lock:
            self._save()
            self.tick()
            try:
                yield self.center
            except UserError:
                self._hurry()  # what fell due meanwhile
                raise
            self._save()
            self._wake.notify_all()

    @contextmanager
    def reading(self) -> Iterator[Center]:
        """The Center at the present time, to be looked at, or to be told a module's message, which
        nobody waits for: it is saved with others, soon."""
        with self._lock:
            self.tick()
            try:
                yield self.center
            finally:
                self._hurry()

    message = reading

    def flush(self) -> None:
        """Save what modules have told until now."""
        with self._lock:
            self._save()

    def later(self, fn: Callable, *args: Any) -> None:
        """Have fn(*args) called once all that has happened until now is saved."""
        with self._lock:
            self._outbox.append((fn, args))

    def subscribe(self) -> Subscription:
        """Events from now on: dicts with ms, kind, product, device, plan, fields."""
        return self._feed.subscribe()

    def session(self, call: Callable) -> ModuleSession:
        """The cloud of one more module; call(fn, *args) has fn called on the module's thread, and
        must not wait for it. Its device appears with its first message; each module needs an IMEI
        of its own."""
        return ModuleSession(self, call)

    def new_storage(self) -> Storage:
        """A file server for one module: speed and faults are its own, the files are all."""
        storage = Storage()
        storage.files = self.files
        return storage

    # Time

    def tick(self) -> None:
        """Tell the Center the time; after a jump, or a sleep of the host, no lost slot of the grid
        is made up for."""
        with self._lock:
            now = self.wall.now()
            if now - self.center.now > _LONG_MS:
                self.center.skip(now)
            else:
                self.center.advance(now)

    def start(self) -> "Service":
        self._thread = threading.Thread(target=self._run, name="qsota-center", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Save everything and let the database go."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread:
            self._thread.join()
        try:
            self.flush()
        finally:
            self._feed.close()
            self.store.close()

    def __enter__(self) -> "Service":
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _run(self) -> None:
        with self._wake:
            while not self._stopping:
                self.tick()
                try:
                    self._save()
                    seconds = self._rest()
                except UserError:
                    seconds = _AGAIN_S
                self._wake.wait(seconds)
                if self._pending and not self._stopping:
                    self._wake.wait(_BATCH_S)  # lets the lock go: more may come

    def _rest(self) -> float:
        due = self.center.next_due()
        seconds = None if due is None else self.wall.real_s(due)
        return _IDLE_S if seconds is None else min(seconds, _IDLE_S)

    def _hurry(self) -> None:
        if not self._pending and (self.center.changed or self._outbox or self._recorder.events):
            self._pending = True
            self._wake.notify_all()

    # Saving

    def _save(self) -> None:
        try:
            self.store.save(self.center, self._recorder.rows)
        except SQLAlchemyError as error:
            self.failure = f"the database cannot be written: {getattr(error, 'orig', error)}"
            raise UserError(self.failure) from error
        self.failure = None
        self._pending = False
        self._recorder.rows.clear()
        outbox, self._outbox = self._outbox, []
        for fn, args in outbox:
            fn(*args)
        self._feed.put(self._recorder.take())
