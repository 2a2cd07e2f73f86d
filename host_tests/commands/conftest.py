"""Fixtures of the commands' tests: a simulated module, and a file for it."""

import pytest
from sim_mcu import SEED_SIZE, Sim


@pytest.fixture
def sim():
    """sim(options) starts the command."""
    started = []

    def start(*args):
        started.append(Sim(*args))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


@pytest.fixture
def seed(tmp_path):
    """A file that is no package of ours."""
    path = tmp_path / "seed.bin"
    path.write_bytes(bytes(i * i // 7 & 0xFF for i in range(SEED_SIZE)))
    return path
