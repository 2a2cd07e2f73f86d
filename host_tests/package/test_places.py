"""A traceback of a board, with the places of the source."""

import io
import subprocess

import pytest

from qsota_tools import cli
from qsota_tools.common.paths import FIRMWARE, library_sources
from qsota_tools.package.places import _functions, explain
from qsota_tools.provision.pack import library
from qsota_tools.virtual.vm_process import find_micropython

SPACES = 'File "qsota.boot.chip", line 1, in reset\n'


def line_of(source, text):
    lines = (FIRMWARE / source).read_text().splitlines()
    return 1 + lines.index(text)


def test_a_traceback_of_what_ships_names_functions_and_their_lines(tmp_path):
    for file, content in library().items():
        (tmp_path / file).write_bytes(content)
    code = "from qsota.resident import phases; phases.call('qsota.boot.nothing', 'run')"
    run = [find_micropython(), "-c", f"import sys; sys.path.insert(0, '{tmp_path}'); {code}"]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60)
    told = explain(FIRMWARE, done.stdout + done.stderr)
    source = "qsota/resident/phases.py"
    begins = line_of(source, "def call(name, function, *args):")
    assert f'File "{source}", line {begins}, in call' in told
    begins = line_of(source, "def _import(name):")
    assert f'File "{source}", line {begins}, in _import' in told
    assert 'File "qsota/boot/packed.py", line ' in told and ", in load\n" in told


@pytest.mark.parametrize("source", library_sources())
def test_every_function_of_the_library_is_found_by_its_name_on_a_board(source):
    names = {name for name, _ in _functions(FIRMWARE, source).values()}
    text = (FIRMWARE / source).read_text()
    assert all(f"def {name}(" in text for name in names)
    assert text.count("def ") >= len(names)


@pytest.mark.parametrize(
    "line",
    [
        'File "main.py", line 3, in <module>\n',
        'File "qsota.boot.none_such", line 1, in reset\n',
        "  record 3: 4096 bytes are safe\n",
    ],
)
def test_what_is_not_of_the_library_stays_as_it_is(line):
    assert explain(FIRMWARE, line) == line


@pytest.mark.parametrize("source", ["file", "-"])
def test_the_command_takes_a_file_or_what_is_piped_into_it(source, tmp_path, capsys, monkeypatch):
    path = tmp_path / "console.txt"
    path.write_text(SPACES)
    monkeypatch.setattr("sys.stdin", io.StringIO(SPACES))
    assert cli.main(["traceback", str(path) if source == "file" else "-"]) == 0
    begins = line_of("qsota/boot/chip.py", "def reset():")
    assert capsys.readouterr().out == f'File "qsota/boot/chip.py", line {begins}, in reset\n'
