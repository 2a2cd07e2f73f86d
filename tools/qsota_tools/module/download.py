"""The HTTP transfer from the cloud's file store to the module's flash, and its failures."""

# Faults of one request, see Storage.faults.
STATUS = "status"  # an HTTP status other than 200 and 206
SILENT = "silent"  # no HTTP header at all
DROP = "drop"  # the connection is lost half-way
STALL = "stall"  # nothing comes any more after half of the body
WHOLE = "whole"  # 200: the server ignores Range and sends from offset 0
CORRUPT = "corrupt"  # a bit is wrong, which the module does not notice

_STEPS = 10  # progress is told in tenths


class Storage:
    """The cloud's file server. speed: bytes per second; latency_ms: until the HTTP header."""

    def __init__(self, speed=100000, latency_ms=200):
        self.files = {}
        self.faults = []  # one entry is used up by each request; None is a good one
        self.speed = speed
        self.latency_ms = latency_ms

    def get(self, url, start, size):
        """(fault, body) of a request for the bytes [start, start + size) of a file."""
        fault = self.faults.pop(0) if self.faults else None
        if url not in self.files:
            return STATUS, b""
        at = 0 if fault == WHOLE else start
        body = self.files[url][at : at + size]
        if fault == CORRUPT:
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        return fault, body


class Download:
    """One range request at a time; tells its owner download_header, _progress, _body, _failed."""

    def __init__(self, life, storage, owner):
        self._life = life
        self._storage = storage
        self._owner = owner
        self._event = None

    @property
    def active(self):
        """A request is under way (a stalled one, too)."""
        return self._event is not None

    def start(self, url, start, size):
        """Ask for size bytes from offset start; an earlier request is given up."""
        self.abort()
        self._fault, self._body = self._storage.get(url, start, size)
        self._received = 0
        self._next(self._storage.latency_ms, self._header)

    def abort(self):
        """Close the connection; the owner hears nothing more of it."""
        self._life.cancel(self._event)
        self._event = None

    def _next(self, ms, fn):
        self._event = self._life.after(ms, fn)

    def _header(self):
        if self._fault == SILENT:
            return
        if self._fault == STATUS:
            self._end(self._owner.download_failed)
            return
        self._owner.download_header()
        self._wait()

    def _wait(self):
        step = min(max(1, len(self._body) // _STEPS), len(self._body) - self._received)
        self._next(step * 1000 / self._storage.speed, lambda: self._arrived(step))

    def _arrived(self, step):
        self._received += step
        self._owner.download_progress(self._received)
        if self._received == len(self._body):
            self._end(self._owner.download_body, self._body)
        elif self._fault not in (DROP, STALL) or self._received * 2 < len(self._body):
            self._wait()
        elif self._fault == DROP:
            self._end(self._owner.download_failed)

    def _end(self, tell, *args):
        self._event = None
        tell(*args)
