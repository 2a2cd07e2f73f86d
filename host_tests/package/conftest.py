"""Fixtures of the tests of packages: a key."""

import pytest

from qsota_tools.package import keys


@pytest.fixture(scope="module")
def key():
    """A new private key."""
    return keys.generate()


@pytest.fixture
def pem(key, tmp_path):
    """Its file."""
    path = tmp_path / "key.pem"
    keys.save(key, path)
    return path
