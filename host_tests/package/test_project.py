"""qsota.toml: what `qsota build` need not be told."""

import subprocess

import pytest

from qsota.update import package
from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.package import keys, project

WHOLE = 'app = "app"\nboard = "VIRTUAL"\ncomponent = "NODE"\nversion = "1.2.3"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project with an application; the working directory."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def say(folder, text):
    (folder / "qsota.toml").write_text(text)


def built(folder, *options):
    """The header of what `qsota build` makes."""
    assert cli.main(["build", *options, "-o", str(folder / "out.bin")]) == 0
    return package.parse((folder / "out.bin").read_bytes())


def test_all_of_a_release_can_stand_there(folder):
    say(folder, WHOLE)
    header = built(folder)
    assert (header.board, header.component, header.version) == ("VIRTUAL", "NODE", "1.2.3")


def test_it_is_found_from_a_folder_below_and_beside_an_application(folder, monkeypatch):
    say(folder, WHOLE)
    assert built(folder, "app").version == "1.2.3"
    monkeypatch.chdir(folder / "app")
    assert built(folder).version == "1.2.3"


def test_the_command_line_has_the_last_word(folder):
    say(folder, WHOLE)
    header = built(folder, "--version", "2", "--component", "MCU", "--board", "RPI_PICO")
    assert (header.board, header.component, header.version) == ("RPI_PICO", "MCU", "2")


def test_a_board_file_of_the_project_is_found_from_anywhere(folder, monkeypatch):
    text = boards.path_of("VIRTUAL").read_text()
    (folder / "MINE.toml").write_text(text.replace('name = "VIRTUAL"', 'name = "MINE"'))
    say(folder, WHOLE.replace('"VIRTUAL"', '"MINE.toml"'))
    monkeypatch.chdir(folder / "app")
    assert built(folder).board == "MINE"


def test_its_key_signs_with_the_password_it_names(folder, monkeypatch):
    key = keys.generate()
    keys.save(key, folder / "release.pem", b"word")
    monkeypatch.setenv("RELEASE_WORD", "word")
    say(folder, WHOLE + 'key = "release.pem"\npassword_env = "RELEASE_WORD"\n')
    assert built(folder).key_id == keys.key_id(keys.modulus(key))


@pytest.mark.parametrize(
    ("name", "content", "version"),
    [
        ("VERSION", "1.4.0\n", "1.4.0"),
        ("app/version.py", '"""It."""\n__version__ = "1.4.1"\n', "1.4.1"),
        ("app/main.py", "import x\nVERSION = '1_4_2'  # now\n", "1_4_2"),
    ],
)
def test_a_version_may_come_from_a_file(folder, name, content, version):
    (folder / name).write_text(content)
    rule = f'version_file = "{name}"'
    say(folder, WHOLE.replace('version = "1.2.3"', rule))
    assert project.find(folder).version_now() == version


def git(folder, *words):
    identity = ("-c", "user.name=x", "-c", "user.email=x@x")
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


def test_a_version_may_come_from_git(folder):
    say(folder, WHOLE.replace("1.2.3", "git"))
    git(folder, "init")
    git(folder, "add", "-A")
    git(folder, "commit", "-m", "first")
    with pytest.raises(UserError, match="[Nn]o names found"):
        project.find(folder).version_now()
    git(folder, "tag", "v1.5.0")
    assert project.find(folder).version_now() == "1.5.0"
    (folder / "app" / "main.py").write_text("x = 2\n")
    assert project.find(folder).version_now() == "1.5.0-dirty"
    git(folder, "commit", "-am", "second")
    assert project.find(folder).version_now().startswith("1.5.0-1-g")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("bord = 'VIRTUAL'", "bord: unknown key, did you mean board"),
        ("board = 1", "board: must be a text"),
        ("board = ''", "board: must be a text"),
        ("board", "qsota.toml: "),
        ("version = '1'\nversion_file = 'V'", "version or version_file, not both"),
    ],
)
def test_what_is_wrong_in_it_is_said(folder, capsys, text, complaint):
    say(folder, text)
    assert cli.main(["build"]) == 1
    assert complaint in capsys.readouterr().err


def test_a_file_that_says_no_version(folder):
    (folder / "VERSION").write_text("one point two\n")
    say(folder, 'version_file = "VERSION"')
    with pytest.raises(UserError, match="'one point two' is no version"):
        project.find(folder).version_now()


def test_what_it_does_not_say_is_asked_for_by_name(folder, capsys):
    say(folder, 'board = "VIRTUAL"\n')
    with pytest.raises(SystemExit) as ended:
        cli.main(["build"])
    assert ended.value.code == 2
    err = " ".join(capsys.readouterr().err.split())
    assert "required: APP_DIR, --version (or" in err and "qsota.toml)" in err
