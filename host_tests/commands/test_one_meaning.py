"""One option means one thing in all commands."""

import argparse
import json

import pytest

from qsota_tools import cli
from qsota_tools.commands import _parser
from qsota_tools.common import ui

# Two print a text; the other serves pages, and its verbs for scripts have JSON anyway.
REPORT_NOTHING = {"completion", "traceback", "center"}


def parsers():
    """Each command, and each part of one, with its parser."""
    top = _parser.parser([*cli.COMMANDS])
    (commands,) = (a for a in top._actions if isinstance(a, argparse._SubParsersAction))
    for name in cli.COMMANDS:
        parser = commands.choices[name]
        parts = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        if not parts:
            yield name, parser
        for part in parts:
            yield from ((f"{name} {below}", found) for below, found in part.choices.items())


ALL = dict(parsers())


def option(parser, name):
    return next((a for a in parser._actions if name in a.option_strings), None)


@pytest.mark.parametrize("name", [n for n in ALL if n.split()[0] not in REPORT_NOTHING])
def test_json_is_an_option_of_every_command_that_reports(name):
    found = option(ALL[name], "--json")
    assert found is not None, name
    if found.nargs == "?":  # a file, which no other argument may be taken for
        assert found.const == ui.ON_STDOUT
        assert all(action.option_strings for action in ALL[name]._actions), name
    else:
        assert found.nargs == 0


def test_the_figures_of_long_runs_go_to_a_file_too(tmp_path, capsys):
    path = tmp_path / "fleet.json"
    assert cli.main(["fleet", "--devices", "2", "--jobs", "1", "--json", str(path)]) == 0
    figures = json.loads(path.read_text())
    assert figures["devices"] == figures["succeeded"] == 2
    assert "2" in capsys.readouterr().out  # the text is shown as ever


@pytest.mark.parametrize("name", ["--timeout", "--port", "--board", "--baud", "--app", "--output"])
def test_an_option_is_of_one_kind_wherever_it_stands(name):
    found = {key: option(parser, name) for key, parser in ALL.items() if option(parser, name)}
    assert len(found) > 1
    assert {action.nargs for action in found.values()} == {None}
    kinds = {getattr(a.type, "__qualname__", a.type) for a in found.values()}
    assert len(kinds) == 1, {key: action.type for key, action in found.items()}
