"""The program as a whole: help, versions, odd terminals, readers that leave, Ctrl-C."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest

from qsota_tools import cli
from qsota_tools.commands import _parser
from qsota_tools.common.paths import EXAMPLES, TOOLS

PROGRAM = (sys.executable, "-m", "qsota_tools")
# Figures into a file, or none.
NO_JSON = {"bench", "completion", "campaign", "emulated", "center", "traceback"}


def start(*args, **options):
    environment = {**os.environ, "PYTHONPATH": str(TOOLS), **options.pop("env", {})}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.Popen([*PROGRAM, *map(str, args)], env=environment, **streams)


def run(*args, **options):
    process = start(*args, **options)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


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


@pytest.mark.parametrize("args", [("boards",), ("--help",), ("completion", "zsh")])
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


def test_a_full_disk_behind_standard_output_is_told():
    with open("/dev/full", "w") as full:  # noqa: PTH123
        code, _, err = run("boards", stdout=full)
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


def interrupted(args, after, cwd):
    process = start(*args, cwd=cwd, start_new_session=True)
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.returncode, err


@pytest.mark.parametrize("after", [n / 20 for n in range(2, 26)])
def test_ctrl_c_at_any_moment_ends_in_silence(tmp_path, after):
    app = EXAMPLES / "sensor_node_2_0_0"
    command = ["build", app, "--board", "VIRTUAL", "--version", "1", "-o", "out.bin"]
    code, err = interrupted(command, after, tmp_path)
    if "Traceback" in err:  # the interpreter itself, before our first line
        assert "qsota_tools" not in err
    else:
        assert code in (0, 130, -signal.SIGINT), err
    assert {path.name for path in tmp_path.iterdir()} <= {"out.bin"}


@pytest.mark.parametrize(
    "args",
    [
        ("campaign", "--quick", "--jobs", "2"),
        ("campaign", "--links", "100", "--jobs", "2"),
        ("demo", "--dir", "demo"),
        ("sim", "--link", "module"),
        ("board", "--flash", "flash.bin", "--uart", "pty:uart"),
    ],
)
@pytest.mark.parametrize("after", [1.0, 2.5])
def test_ctrl_c_ends_what_takes_long_with_all_its_processes(tmp_path, args, after):
    code, err = interrupted(args, after, tmp_path)
    assert code == 130, err
    assert "Traceback" not in err
    assert not any(path.is_symlink() for path in tmp_path.iterdir())
    for process in subprocess.run(
        ["pgrep", "-f", f"qsota_tools.*{tmp_path}"], capture_output=True, text=True
    ).stdout.split():
        raise AssertionError(f"process {process} is left")


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


# Two programs, one path


def test_a_second_simulation_on_a_path_is_refused_and_leaves_the_first_alone(tmp_path):
    link = tmp_path / "module"
    first = start("sim", "--link", link, "--timeout", 30)
    first.stdout.readline()
    target = link.readlink()
    code, _, err = run("sim", "--link", link, "--timeout", 1)
    assert (code, err) == (1, f"qsota: {link} is in use by another qsota\n")
    assert link.readlink() == target
    first.kill()
    first.wait()
    code, out, _ = run("sim", "--link", link, "--timeout", 0.3, "--json")  # a stale one
    assert code == 0
    assert json.loads(out.splitlines()[0])["port"] == str(link)
    assert [path.name for path in tmp_path.iterdir()] == []


def test_a_second_board_on_a_flash_or_a_port_is_refused(tmp_path):
    one, two = tmp_path / "one.bin", tmp_path / "two.bin"
    uart = tmp_path / "uart"
    first = start("board", "--flash", one, "--uart", f"pty:{uart}", "--timeout", 60)
    first.stdout.readline()
    code, _, err = run("board", "--flash", one, "--uart", "pty:", "--timeout", 1)
    assert code == 1 and f"{one} is in use by another qsota" in err
    code, _, err = run("board", "--flash", two, "--uart", f"pty:{uart}", "--timeout", 1)
    assert code == 1 and f"{uart} is in use by another qsota" in err
    code, _, err = run("factory", "--board", "VIRTUAL", "-o", one)
    assert code == 1 and f"{one} is in use by another qsota" in err
    assert uart.is_symlink()
    first.terminate()
    assert first.wait() == 143
    assert not uart.is_symlink()


def test_a_device_is_opened_by_one_program_only(tmp_path):
    link = tmp_path / "module"
    module = start("sim", "--link", link, "--timeout", 30)
    module.stdout.readline()
    first = start("board", "--flash", tmp_path / "a", "--uart", link, "--timeout", 30)
    first.stdout.readline()
    code, _, err = run("board", "--flash", tmp_path / "b", "--uart", link, "--timeout", 1)
    assert code == 1 and f"cannot open {link}: it is in use by another program" in err
    for process in (first, module):
        process.terminate()
        process.wait()
