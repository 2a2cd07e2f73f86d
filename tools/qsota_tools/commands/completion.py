"""`qsota completion`: what makes a shell complete commands, options, boards and files."""

import argparse
from pathlib import Path

from qsota_tools import boards
from qsota_tools.commands import _parser
from qsota_tools.common.errors import UserError

EXAMPLES = """
source <(qsota completion bash)
qsota completion zsh > _qsota
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "completion",
        description="Print the completion of commands, options, boards and files for a shell.",
    )
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def _is_here(name: str) -> bool:
    """Whether this system has what the command needs."""
    try:
        _parser.command(name)
    except UserError:
        return False
    return True


def run(args: argparse.Namespace) -> int:
    import shtab

    top = _parser.parser([*filter(_is_here, _parser.COMMANDS)])
    for parser in top._subparsers._group_actions[0].choices.values():
        for action in parser._actions:
            if action.type is Path:
                action.complete = shtab.FILE
            elif action.dest == "board":
                action.choices = boards.known()
    print(shtab.complete(top, shell=args.shell))
    return 0
