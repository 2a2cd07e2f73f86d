"""The module's connection to the platform: AT+QIOTREG, AT+QIOTSTATE and the status reports."""

# AT+QIOTSTATE values
NOT_INITIALISED = 0
INITIALISED = 1
AUTHENTICATING = 2
REGISTERING = 5
REGISTERED = 6
READY = 8
DEREGISTERING = 10
DEREGISTERED = 11

AUTOMATIC = 2  # AT+QIOTREG mode that survives a restart

NETWORK_LOST = 10474


class Link:
    def __init__(self, life, cloud, event, versions, options):
        """event(text): tells the MCU; versions: the table that reports carry."""
        self._life = life
        self._cloud = cloud
        self._event = event
        self._versions = versions
        self._options = options
        self._pending = None
        self._cached = None
        self._requested = False
        self.mode = 0
        self.state = INITIALISED
        self.has_secret = options.known

    @property
    def online(self):
        return self.state == READY

    @property
    def cached_status(self):
        """The status that waits for the connection, 0 if none does."""
        return self._cached[0] if self._cached else 0

    def register(self, mode):
        """AT+QIOTREG: 0 disconnect, 1 connect, 2 connect now and after each start."""
        before, self.mode = self.mode, mode
        if mode == 0 and before != 0:
            self._stop(DEREGISTERING)
            self._life.after(self._options.event_ms, self._deregistered)
        elif mode != 0 and before == 0:
            self._connect()

    def drop(self, code=NETWORK_LOST, back_ms=5000):
        """The network or the platform ends the connection; the module connects again by itself."""
        if not self.mode:
            return
        self._stop(INITIALISED)
        self._event("2,%d" % code)
        self._pending = self._life.after(back_ms, self._connect)

    def power_down(self):
        self._stop(NOT_INITIALISED)
        self._cached = None

    def power_up(self):
        """Mode 2 is kept over a restart, mode 1 is not (T31)."""
        self.state = INITIALISED
        self.mode = AUTOMATIC if self.mode == AUTOMATIC else 0
        if self.mode:
            self._connect()

    def report(self, status, component, sign=""):
        """Status 1..12 for the cloud; off-line only the latest one is kept (4.10)."""
        if self.online:
            self._send(status, component, sign)
        else:
            self._cached = (status, component, sign)

    def upload(self):
        """Send the device information with the version table; False while off-line."""
        if self.online:
            self._cloud.upload(self._versions.items())
        return self.online

    def request(self):
        """Ask for a plan, while connecting a little later; False while unconnected (D8)."""
        if self.online:
            self._cloud.request(self._versions.items())
        else:
            self._requested = self._pending is not None and self.state != INITIALISED
        return self.online or self._requested

    def _send(self, status, component, sign):
        versions = self._versions.items() if status in (11, 12) else None
        self._cloud.report(status, component, versions, sign)

    def _stop(self, state):
        self._life.cancel(self._pending)
        self._pending = None
        self._requested = False
        before, self.state = self.online, state
        if before:
            self._cloud.disconnected()

    def _connect(self):
        self.state = REGISTERING if self.has_secret else AUTHENTICATING
        self._step()

    def _step(self):
        self._pending = self._life.after(self._options.connect_ms, self._advance)

    def _advance(self):
        if self.state == AUTHENTICATING:
            self.has_secret = True
            self._event("1,10200")
            self.state = REGISTERING
            self._step()
        elif self.state == REGISTERING:
            self._event("2,10200")
            self.state = REGISTERED
            self._step()
        else:
            self._event("3,10200")
            self.state = READY
            self._ready()

    def _ready(self):
        self._cloud.connected(self._versions.items())
        if self._cached:
            cached, self._cached = self._cached, None
            self._send(*cached)
        if self._requested:
            self._requested = False
            self.request()

    def _deregistered(self):
        # A new AT+QIOTREG may already be connecting.
        if self.state == DEREGISTERING:
            self.state = DEREGISTERED
        self._event("6,10200")
