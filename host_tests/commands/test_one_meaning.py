"""One option means one thing in all commands."""

import argparse

import pytest

from qsota_tools import cli
from qsota_tools.commands import _parser

# One prints a script; the other serves pages, and its verbs for scripts have JSON anyway.
REPORT_NOTHING = {"completion", "center"}


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
def test_json_is_a_switch_of_every_command_that_reports(name):
    found = option(ALL[name], "--json")
    assert found is not None and found.nargs == 0, name


@pytest.mark.parametrize("name", ["--timeout", "--port", "--board", "--baud", "--app", "--output"])
def test_an_option_is_of_one_kind_wherever_it_stands(name):
    found = {key: option(parser, name) for key, parser in ALL.items() if option(parser, name)}
    assert len(found) > 1
    assert {action.nargs for action in found.values()} == {None}
    kinds = {getattr(a.type, "__qualname__", a.type) for a in found.values()}
    assert len(kinds) == 1, {key: action.type for key, action in found.items()}
