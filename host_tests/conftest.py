"""Puts the device code on the path, with the CPython shims, before any test is imported."""

import sys
from pathlib import Path

from qsota_tools import shim

shim.install()
sys.path.insert(0, str(Path(__file__).parent / "device"))
