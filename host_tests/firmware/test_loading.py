"""Code is loaded in steps: an import takes a Pico some 8 ms for each KB, and nothing else runs."""

import ast
import importlib
from functools import cache

import pytest

from qsota.session import opening
from qsota_tools.common.paths import FIRMWARE, module_name
from qsota_tools.package.shorten import compile_short
from qsota_tools.provision.pack import imported, imported_by

MOST = 5000  # bytes of .mpy in one step: 40 ms
PHASES = ("qsota/session/assembly.py", "qsota/update/download.py")
REACH = "qsota/session/reach.py"
RESIDENT = ("qsota/resident/", "qsota/log.py", "qsota/errors.py", "qsota/device.py")


@cache
def size(name):
    return len(compile_short(FIRMWARE, name))


@cache
def tree(name):
    return ast.parse((FIRMWARE / name).read_text())


def loaded(names, before):
    """These with all that they import as they are loaded, but what is there before."""
    for name in names:
        for file in (*imported(name), name):
            if file not in before and not file.startswith(RESIDENT):
                before.add(file)
                yield file


def parts(name):
    """The files that a phase has brought in one by one: what opens it, and its _PARTS."""
    phase = importlib.import_module(module_name(name))
    opens = opening._OPEN + opening._CODE if hasattr(phase, "opening") else ()
    return [part.replace(".", "/") + ".py" for part in opens + phase._PARTS]


def steps(name):
    """The files that each step loads until the phase is whole: first the phase's own."""
    before = set()
    found = [list(loaded([name], before))]
    # phases.bring() loads one after the other, with the application's turn in between.
    found += [list(loaded([part], before)) for part in parts(name)]
    for statement in _in_order(name, "run", "_session", "_assemble", "_take"):
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Await):
            found.append([])
        found[-1] += loaded(imported_by(statement), before)
    return [step for step in found if step]


def _in_order(name, *functions):
    bodies = {node.name: node.body for node in tree(name).body if hasattr(node, "name")}
    return [statement for function in functions for statement in bodies.get(function, ())]


@pytest.mark.parametrize("name", (*PHASES, REACH))
def test_no_step_loads_more_than_takes_a_pico_forty_ms(name):
    found = {tuple(step): sum(map(size, step)) for step in steps(name)}
    assert max(found.values()) <= MOST, max(found, key=found.get)


@pytest.mark.parametrize("name", PHASES)
def test_the_steps_are_all_of_what_a_phase_is_made_of(name):
    assert sum(size(file) for step in steps(name) for file in step) > 20000
