"""What the library imports by name is safe from files of the application with that name."""

import ast

from qsota.boot import system
from qsota_tools.common.paths import FIRMWARE

# MicroPython looks for these nowhere else; `main` is the application.
BUILT_IN = {"gc", "main", "micropython", "qsota", "sys", "vfs"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]


def test_the_loader_keeps_every_name_that_the_library_imports():
    names = {name for path in FIRMWARE.rglob("*.py") for name in imported(path)}
    assert names - BUILT_IN == set(system.SYSTEM)
