"""The HTTP transfers from the cloud's file store to the module's flash, and their failures."""

# Faults of one request, see Storage.faults.
STATUS = "status"  # an HTTP status other than 200 and 206
SILENT = "silent"  # no HTTP header at all
LATE = "late"  # the header comes after late_ms
DROP = "drop"  # the connection is lost half-way
STALL = "stall"  # nothing comes any more after half of the body
WHOLE = "whole"  # 200: the server ignores Range and sends from offset 0
CORRUPT = "corrupt"  # a bit is wrong, which the module does not notice
UNNOTICED = "unnoticed"  # the connect notice came before its channel was registered
RANGELESS = "rangeless"  # the request went out before its block was set: no Range, length 0

_STEPS = 10  # progress is told in tenths
_UNNOTICED_MS = 3000
# What ends a stalled body: this long after the request, and this long of silence.
_STALL_MS = 10000
_SILENCE_MS = 5000


class Storage:
    """The cloud's file server. speed: bytes per second; latency_ms: until the HTTP header."""

    def __init__(self, speed=100000, latency_ms=200):
        self.files = {}
        self.faults = []  # one entry is used up by each request; None is a good one
        self.speed = speed
        self.latency_ms = latency_ms
        self.late_ms = 5200  # of LATE: just after the module's 5 s
        self.served = 0  # bytes of all bodies that were asked for

    def get(self, url, start, size):
        """(fault, body) of a request for the bytes [start, start + size) of a file."""
        fault = self.faults.pop(0) if self.faults else None
        if url not in self.files:
            return STATUS, b""
        if fault == WHOLE:
            start = 0
        body = self.files[url] if fault == RANGELESS else self.files[url][start : start + size]
        self.served += len(body)
        if fault == CORRUPT and body:
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        return fault, body


class _Request:
    """One GET; tells its owner request_header, _progress, _body, _failed."""

    def __init__(self, life, storage, owner, fault, body):
        self._life = life
        self._storage = storage
        self._owner = owner
        self._fault = fault
        self._body = body
        self._received = 0
        self._age_ms = 0  # of the last byte
        late = storage.late_ms if fault == LATE else storage.latency_ms
        self._next(late, self._header)

    @property
    def open(self):
        return self._event is not None

    def close(self):
        self._life.cancel(self._event)
        self._event = None

    def _next(self, ms, fn):
        self._age_ms += ms
        self._event = self._life.after(ms, fn)

    def _header(self):
        if self._fault == SILENT:
            return
        if self._fault == UNNOTICED:
            self._next(_UNNOTICED_MS - self._age_ms, self._fail)
        elif self._fault == STATUS:
            self._fail()
        else:
            self._owner.request_header()
            self._wait()

    def _wait(self):
        step = min(max(1, len(self._body) // _STEPS), len(self._body) - self._received)
        self._next(step * 1000 / self._storage.speed, lambda: self._arrived(step))

    def _arrived(self, step):
        self._received += step
        self._owner.request_progress(self._received)
        if self._received == len(self._body):
            self.close()
            self._owner.request_body(self._body)
        elif self._fault not in (DROP, STALL) or self._received * 2 < len(self._body):
            self._wait()
        elif self._fault == DROP:
            self._fail()
        else:
            self._next(max(_SILENCE_MS, _STALL_MS - self._age_ms), self._fail)

    def _fail(self):
        self.close()
        self._owner.request_failed()


class Download:
    """The module's HTTP client. A new request does not close the one before it: an owner whose
    own timer gave that up hears of it all the same."""

    def __init__(self, life, storage, owner):
        self._life = life
        self._storage = storage
        self._owner = owner
        self._request = None

    @property
    def active(self):
        """The latest request is under way (a stalled one, too)."""
        return self._request is not None and self._request.open

    def start(self, url, start, size):
        """Ask for size bytes from offset start; False if the range was lost on the way."""
        fault, body = self._storage.get(url, start, size)
        self._request = _Request(self._life, self._storage, self._owner, fault, body)
        return fault != RANGELESS

    def abort(self):
        """Close the latest connection; the owner hears nothing more of it."""
        if self._request:
            self._request.close()
