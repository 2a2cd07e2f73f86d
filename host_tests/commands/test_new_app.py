"""`qsota new`: what it makes builds, and nothing that is there is touched."""

import pytest

from qsota.update import package
from qsota_tools import cli


@pytest.fixture
def app(tmp_path):
    directory = tmp_path / "pump"
    assert cli.main(["new", str(directory), "--board", "RPI_PICO2"]) == 0
    return directory


def test_it_says_what_it_made(tmp_path, capsys):
    directory = tmp_path / "pump"
    assert cli.main(["new", str(directory)]) == 0
    made = [str(path) for path in sorted(directory.rglob("*")) if path.is_file()]
    assert sorted(capsys.readouterr().out.splitlines()) == made
    names = {path.name for path in directory.rglob("*") if path.is_file()}
    assert names == {".gitignore", "README.md", "main.py", "qsota.toml", "test_app.py"}


def test_the_application_builds_for_its_board_without_options(app, tmp_path, monkeypatch):
    command = [
        line for line in (app / "README.md").read_text().splitlines() if "1.0.0.bin" in line
    ]
    assert command == ["qsota build -o pump_1.0.0.bin"]
    monkeypatch.chdir(app)
    assert cli.main(command[0].split()[1:]) == 0
    header = package.parse((app / "pump_1.0.0.bin").read_bytes())
    assert (header.board, header.version) == ("RPI_PICO2", "1.0.0")


def test_what_is_there_is_left_alone(app, capsys):
    before = (app / "app" / "main.py").read_bytes()
    assert cli.main(["new", str(app)]) == 1
    assert f"{app} is not empty" in capsys.readouterr().err
    assert (app / "app" / "main.py").read_bytes() == before


def test_an_empty_directory_will_do(tmp_path):
    (tmp_path / "pump").mkdir()
    assert cli.main(["new", str(tmp_path / "pump")]) == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["my pump"], "my pump: a name is made of"),
        (["pump", "--board", "PYBV11"], "not supported"),
    ],
)
def test_a_name_or_board_that_does_not_work_is_refused(
    arguments, problem, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", *arguments]) == 1
    assert problem in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
