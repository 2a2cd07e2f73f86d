"""A service in a process of its own, which may be killed at any moment, and devices beside it that
live on: what the service acknowledged must be there when it is started again."""

import multiprocessing
import signal
import threading
from types import SimpleNamespace

from qsota_tools.center.complaints import BadInput
from qsota_tools.center.service import Service

_FORK = multiprocessing.get_context("fork")


class Killed(Exception):
    """The service is gone; what was asked last may have happened or not."""


# In the process of the service


def _serve(url, files, pipe):
    lock = threading.Lock()

    def send(*message):
        with lock:
            pipe.send(message)

    sessions = {}
    with Service(url, files) as service:
        if service.wall.speed == 1:
            service.clock.run(600)
        send("ready")
        while True:
            name, *args = pipe.recv()
            try:
                if name in ("connect", "report", "request"):
                    answer = _device(service, sessions, send, name, *args)
                else:
                    page, action = name.split(".")
                    answer = getattr(getattr(service, page), action)(*args)
            except BadInput as bad:
                answer = bad.code
            send("answer", answer)


def _device(service, sessions, send, name, key, versions, *args):
    if key not in sessions:
        sessions[key] = service.session(lambda fn, *args: fn(*args))
        ota = SimpleNamespace(
            plan=lambda components: send("offer", key, components[0].target),
            firmware=lambda firmware: send("url", key, firmware.target),
        )
        options = SimpleNamespace(module_version="M1")
        link = SimpleNamespace(online=True)
        sessions[key].attach(
            SimpleNamespace(identity=("p1", key), options=options, link=link, ota=ota)
        )
    if name == "connect":
        sessions[key].connected(versions)
    elif name == "request":
        sessions[key].request(versions)
    else:
        status = args[0]
        sessions[key].report(status, "MCU", versions if status in (11, 12) else None)
    service.flush()  # what a report's acknowledgement would wait for


# In the process of the test


class Killable:
    """The service, as those see it who outlive it. on_message(kind, key, target): offers, URLs."""

    def __init__(self, url, files, on_message):
        self._args = url, files
        self._on_message = on_message
        self._process = None

    def start(self, kill_after_s=None):
        """Start it; it will be killed after that time."""
        self._pipe, theirs = _FORK.Pipe()
        self._process = _FORK.Process(target=_serve, args=(*self._args, theirs), daemon=True)
        self._process.start()
        theirs.close()
        if kill_after_s is not None:
            self.kill_after(kill_after_s)
        assert self._next() == ("ready",)

    def kill_after(self, seconds):
        """Kill it at that moment, whatever it does then."""
        kill = threading.Timer(seconds, self._process.kill)
        kill.daemon = True
        kill.start()

    def ask(self, name, *args):
        """The answer, which is an acknowledgement as well; Killed if there was none."""
        try:
            self._pipe.send((name, *args))
        except OSError:
            self._gone()
        while True:
            kind, *rest = self._next()
            if kind == "answer":
                return rest[0]
            self._on_message(kind, *rest)

    def wait(self, seconds):
        """Take messages for a while."""
        while self._pipe.poll(seconds):
            self._on_message(*self._next())

    def kill(self):
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _next(self):
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            return self._gone()

    def _gone(self):
        self._process.join()
        assert self._process.exitcode == -signal.SIGKILL, "the service ended by itself"
        self._pipe.close()
        raise Killed
