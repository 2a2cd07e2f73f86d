"""Databases for tests: a file, or a PostgreSQL server of the test's own."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import psycopg

_USER = "nobody"  # the server refuses to run as root


def server_program(name: str) -> str | None:
    """Where Debian puts it, which is not on the path."""
    found = [shutil.which(name), *map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))]
    return next(filter(None, found), None)


@contextlib.contextmanager
def postgres_server():
    """A server on a socket in a directory of its own: that directory."""
    as_root = os.geteuid() == 0
    run = {"user": _USER, "group": pwd.getpwnam(_USER).pw_gid} if as_root else {}
    place = Path(tempfile.mkdtemp(prefix="pg"))
    if as_root:
        shutil.chown(place, _USER)
    try:
        data = place / "data"
        options = ["-U", "qsota", "--auth=trust", "--no-sync", "-E", "UTF8"]
        command = [server_program("initdb"), "-D", data, *options]
        subprocess.run(command, check=True, capture_output=True, cwd=place, **run)
        command = [server_program("postgres"), "-D", data, "-k", place, "-h", "", "-F"]
        with (place / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=place, **run)
        try:
            _wait_for(place, server)
            yield place
        finally:
            server.send_signal(signal.SIGQUIT)  # nothing of it is needed any more
            server.wait()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def new_database(place: Path) -> str:
    """The URL of an empty database on that server."""
    name = "t" + uuid.uuid4().hex
    with psycopg.connect(host=str(place), user="qsota", dbname="postgres", autocommit=True) as c:
        c.execute(f"CREATE DATABASE {name}")
    return f"postgresql://qsota@/{name}?host={place}"


def _wait_for(place: Path, server: subprocess.Popen) -> None:
    for _ in range(300):
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host=str(place), user="qsota", dbname="postgres").close()
            return
        assert server.poll() is None, (place / "log").read_text()
        time.sleep(0.1)
    raise AssertionError("the database server does not start")
