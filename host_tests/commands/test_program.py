"""The program as a whole: help, versions, odd terminals, readers that leave."""

import os
import re
import shlex
import subprocess

import pytest
from processes import PROGRAM, run, start

from qsota_tools import cli
from qsota_tools.commands import _parser
from qsota_tools.common.paths import TOOLS

# Figures into a file, or none.
NO_JSON = {"bench", "completion", "campaign", "emulated", "center", "traceback"}


def test_a_lock_that_ctrl_c_left_unlocked_is_no_fault_of_qsota(monkeypatch, capsys):
    class Interrupted:
        @staticmethod
        def run(args):
            try:
                raise KeyboardInterrupt
            finally:
                raise RuntimeError("release unlocked lock")

    monkeypatch.setattr(cli, "command", lambda name: Interrupted)
    assert cli.main(["devs"]) == 130
    assert capsys.readouterr() == ("", "")


def helped(*args, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(args)
    assert caught.value.code == 0
    return capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys):
    import importlib.metadata

    assert helped("--version", capsys=capsys) == f"qsota {importlib.metadata.version('qsota')}\n"


def test_without_a_command_the_help_is_shown(capsys):
    shown = helped(capsys=capsys)
    assert "exit codes:" in shown
    for name, summary in cli.COMMANDS.items():
        assert name in shown and summary.split()[0] in shown


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_help_of_a_command_can_be_had_in_two_ways_and_has_examples(name, capsys):
    shown = helped(name, "--help", capsys=capsys)
    assert shown == helped("help", name, capsys=capsys)
    assert "examples:\n  " in shown


@pytest.mark.parametrize("name", ["bench", "center"])
def test_the_help_says_what_each_command_below_a_command_is_for(name, capsys):
    shown = helped(name, "--help", capsys=capsys)
    for action in _parser.parser([name])._subparsers._group_actions[0].choices[name]._actions:
        for below in action.choices if action.nargs == "A..." else ():
            assert re.search(rf"^    {below} +\w", shown, re.M), below


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_examples_of_the_help_can_be_understood(name):
    for line in _parser.command(name).EXAMPLES.strip().splitlines():
        words = shlex.split(re.sub(r"^source <\((.*)\)$", r"\1", line))
        words = words[: words.index(">")] if ">" in words else words
        assert words[0] == "qsota"
        assert _parser.parser(words[1:2]).parse_args(words[1:]).command == name


@pytest.mark.parametrize("name", [name for name in cli.COMMANDS if name not in NO_JSON])
def test_every_command_that_reports_does_so_as_json_too(name, capsys):
    assert "--json " in helped(name, "--help", capsys=capsys)


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_a_shell_completes_commands_options_and_boards(shell, capsys):
    assert cli.main(["completion", shell]) == 0
    shown = capsys.readouterr().out
    for word in ("inspect", "allow-downgrade", "RPI_PICO2_W"):
        assert word in shown


def test_bash_takes_its_completion(tmp_path, capsys):
    assert cli.main(["completion", "bash"]) == 0
    (tmp_path / "c").write_text(capsys.readouterr().out)
    assert subprocess.run(["bash", "-n", tmp_path / "c"]).returncode == 0


# What it writes to


@pytest.mark.parametrize(
    "args",
    [("boards",), (), ("--help",), ("--version",), ("build", "--help"), ("completion", "zsh")],
)
def test_a_reader_that_leaves_is_no_error(args):
    command = shlex.join([*PROGRAM, *args])
    environment = {**os.environ, "PYTHONPATH": str(TOOLS)}
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; exit ${{PIPESTATUS[0]}}"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.returncode in (0, 141)  # it may have been quicker


def test_a_simulation_ends_when_its_reader_leaves(tmp_path):
    process = start("sim", "--link", tmp_path / "module", "--timeout", 30)
    process.stdout.readline()
    process.stdout.close()
    (tmp_path / "module").resolve()
    fd = os.open(tmp_path / "module", os.O_RDWR | os.O_NOCTTY)  # an event, to be printed
    assert process.wait(20) == 141
    os.close(fd)
    assert process.stderr.read() == ""
    assert not (tmp_path / "module").is_symlink()


@pytest.mark.parametrize("args", [("boards",), ("--version",), ("help", "build")])
def test_a_full_disk_behind_standard_output_is_told(args):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        code, _, err = run(*args, stdout=full)
    assert (code, err) == (1, "qsota: standard output: No space left on device\n")


def test_a_terminal_that_knows_ascii_only(tmp_path):
    app = tmp_path / "größe"
    app.mkdir()
    (app / "main.py").write_text("x = 1\n")
    out = tmp_path / "ü.bin"
    command = ("build", app, "--board", "VIRTUAL", "--version", "1", "-o", out)
    code, shown, err = run(*command, env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert (code, err) == (0, "")
    assert "\\xfc.bin" in shown
    code, _, err = run("inspect", tmp_path / "größer", env={"PYTHONIOENCODING": "ascii"})
    assert code == 1 and "gr\\xf6\\xdfer" in err


def test_colours_and_bars_are_for_terminals_only(capsys):
    assert cli.main(["boards"]) == 0
    assert "\x1b" not in capsys.readouterr().out


# Ctrl-C


def test_a_fault_of_the_program_is_one_line_and_more_when_asked_for(monkeypatch, capsys):
    def broken(args):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("qsota_tools.commands.boards.run", broken)
    assert cli.main(["boards"]) == 70
    assert capsys.readouterr().err == (
        "qsota: a fault of qsota itself (ZeroDivisionError: oh); -v shows where\n"
    )
    assert cli.main(["boards", "-v"]) == 70
    assert "Traceback" in capsys.readouterr().err
