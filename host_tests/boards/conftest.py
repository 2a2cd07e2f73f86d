"""Fixtures of the tests of board files."""

import copy

import pytest

from qsota_tools import boards


@pytest.fixture
def board():
    """A Pico's, to change."""
    return copy.deepcopy(boards.load("RPI_PICO"))
