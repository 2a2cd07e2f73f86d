"""Encrypted keys: their password comes from a variable or from whoever is asked."""

import getpass
import json
from pathlib import PurePosixPath

import pytest

from qsota_tools import boards, cli
from qsota_tools.package import keys
from qsota_tools.package.image import image_of_files
from qsota_tools.package.make import make_package

IMAGE = image_of_files({PurePosixPath("a"): b"x" * 200})
PACKAGE = make_package(IMAGE, boards.load("VIRTUAL"), "MCU", "1")


@pytest.fixture(scope="module")
def key():
    return keys.generate()


@pytest.fixture(autouse=True)
def no_other_key(key, monkeypatch):
    """Making one takes a second."""
    monkeypatch.setattr(keys, "generate", lambda: key)


@pytest.fixture
def pem(key, tmp_path):
    path = tmp_path / "key.pem"
    keys.save(key, path, b"word")
    return path


@pytest.fixture
def typed(monkeypatch):
    """Somebody at a terminal types these, one after the other."""

    def types(*words):
        answers = iter(words)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr(getpass, "getpass", lambda prompt: next(answers))

    return types


def test_what_is_made_with_a_password_is_encrypted(tmp_path, monkeypatch, capsys):
    path = tmp_path / "new.pem"
    monkeypatch.setenv("WORD", "word")
    assert cli.main(["keygen", str(path), "--password-env", "WORD"]) == 0
    assert b"ENCRYPTED" in path.read_bytes()
    line = capsys.readouterr().out.splitlines()[1]
    assert keys.modulus(keys.load_private(path, b"word")).hex() in line


def test_a_new_password_is_typed_twice(tmp_path, typed, capsys):
    typed("word", "word")
    assert cli.main(["keygen", str(tmp_path / "a.pem"), "--password"]) == 0
    assert keys.load_private(tmp_path / "a.pem", b"word")
    typed("word", "world")
    assert cli.main(["keygen", str(tmp_path / "b.pem"), "--password"]) == 1
    assert "not the same" in capsys.readouterr().err
    assert not (tmp_path / "b.pem").exists()


@pytest.mark.parametrize("command", ["sign", "verify", "inspect", "getpub", "delta", "build"])
def test_every_command_with_a_key_takes_the_password(
    command, pem, file, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("WORD", "word")
    word = ("--password-env", "WORD")
    assert cli.main(["sign", str(file), "--key", str(pem), *word]) == 0
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("x = 1")
    out = ("-o", str(tmp_path / "out.bin"))
    signing = ("--key", str(pem), *word)
    build = (str(tmp_path / "app"), "--board", "VIRTUAL", "--version", "2")
    line = {
        "getpub": (str(pem), *word),
        "delta": (str(file), str(file), *signing, *out),
        "build": (*build, *signing, *out),
    }.get(command, (str(file), *signing))
    assert cli.main([command, *line]) == 0, capsys.readouterr().err


def test_a_password_is_asked_for_once_and_only_if_there_is_one(pem, key, tmp_path, file, typed):
    typed("word")
    assert cli.main(["sign", str(file), "--key", str(pem)]) == 0
    plain = tmp_path / "plain.pem"
    keys.save(key, plain)
    typed()
    assert cli.main(["sign", str(file), "--key", str(plain)]) == 0


@pytest.mark.parametrize(
    ("variable", "complaint"),
    [
        ("wrong", "the password is wrong"),
        ("", "there is no such variable, or it is empty"),
        (None, "there is no such variable, or it is empty"),
    ],
)
def test_a_password_that_does_not_fit(pem, file, monkeypatch, capsys, variable, complaint):
    monkeypatch.delenv("WORD", raising=False)
    if variable is not None:
        monkeypatch.setenv("WORD", variable)
    before = file.read_bytes()
    assert cli.main(["sign", str(file), "--key", str(pem), "--password-env", "WORD"]) == 1
    assert complaint in capsys.readouterr().err
    assert file.read_bytes() == before


def test_a_password_for_a_key_that_has_none(key, file, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORD", "word")
    plain = tmp_path / "plain.pem"
    keys.save(key, plain)
    assert cli.main(["sign", str(file), "--key", str(plain), "--password-env", "WORD"]) == 1
    assert "is not encrypted" in capsys.readouterr().err


def test_a_password_without_a_key_is_refused(file, monkeypatch, capsys):
    monkeypatch.setenv("WORD", "word")
    assert cli.main(["inspect", str(file), "--password-env", "WORD"]) == 1
    assert "--password-env is for the key of --key" in capsys.readouterr().err


def test_the_public_part_is_printed_again(key, pem, typed, capsys):
    typed("word")
    assert cli.main(["getpub", str(pem), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    public = keys.modulus(key)
    assert told == {"file": str(pem), "key": f"{keys.key_id(public):08x}", "line": public.hex()}
