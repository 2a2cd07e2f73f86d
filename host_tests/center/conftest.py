"""Fixtures of the Developer Center's tests."""

import sys
from pathlib import Path

import pytest

from qsota_tools.center.service import Service
from qsota_tools.center.wall_clock import WallClock

sys.path.insert(0, str(Path(__file__).parent))

from databases import new_database, postgres_server, server_program  # noqa: E402


@pytest.fixture(scope="session")
def postgres():
    """A running server, or the test is skipped."""
    if server_program("initdb") is None:
        pytest.skip("no PostgreSQL server here (Debian: apt-get install postgresql)")
    with postgres_server() as place:
        yield place


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/center.db"
    return new_database(request.getfixturevalue("postgres"))


class Time:
    """Real time that the test moves."""

    def __init__(self, ms):
        self.ms = ms

    def __call__(self):
        return self.ms


@pytest.fixture
def time():
    return Time(1796090580000)


@pytest.fixture
def service(tmp_path, time):
    """A service that is not started: the test tells the time."""
    made = Service(f"sqlite:///{tmp_path}/center.db", tmp_path / "files", WallClock(time))
    yield made
    made.stop()
