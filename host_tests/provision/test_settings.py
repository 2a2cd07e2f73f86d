"""The product's settings: what an AT command cannot carry is refused where it is typed."""

import json

import pytest

from qsota_tools import cli

WORST = "p" * 32
BAD = {
    "x" * 33: "must be a text of 1 to 32 characters",
    'a"b': "cannot have '\"'",
    "a\\b": "cannot have",
    "a\r\nAT+QPOWD": "cannot have '\\r'",
    "a\x00b": "cannot have",
    "a b": "cannot have ' '",
    "schlüssel": "cannot have 'ü'",
}


@pytest.fixture
def flash(tmp_path, capsys):
    """flash(*options) makes a UF2 file: (exit code, standard error)."""

    def run(*options):
        uf2 = str(tmp_path / "board.uf2")
        code = cli.main(["flash", "--board", "RPI_PICO", "--uf2", uf2, *options])
        return code, capsys.readouterr().err

    return run


@pytest.mark.parametrize("which", ["pk", "ps"])
def test_an_empty_word_is_a_wrong_command_line(flash, capsys, which):
    with pytest.raises(SystemExit, match="2"):
        flash(f"--{which}=")
    assert f"--{which} is empty" in capsys.readouterr().err


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("which", ["pk", "ps"])
def test_a_word_that_the_module_cannot_be_told(flash, value, which):
    other = "ps" if which == "pk" else "pk"
    code, err = flash(f"--{which}={value}", f"--{other}=SECRET")
    assert code == 1
    assert err.startswith(f"qsota: --{which}: the product") and BAD[value] in err


@pytest.mark.parametrize("value", [*BAD, 5, None, ["a"]])
def test_the_same_in_a_file(tmp_path, capsys, value):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"pk": value, "ps": "SECRET"}))
    command = ["factory", "--board", "VIRTUAL", "--settings", str(path)]
    assert cli.main([*command, "-o", str(tmp_path / "out.bin")]) == 1
    assert f"{path}: pk: the product key" in capsys.readouterr().err


def test_both_or_none(flash, tmp_path):
    assert flash("--pk=KEY") == (1, "qsota: --pk and --ps belong together\n")
    assert flash("--ps=KEY")[0] == 1
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"pk": "KEY"}))
    assert "pk and ps belong together" in flash("--settings", str(path))[1]


def test_the_longest_and_oddest_that_is_possible(flash):
    odd = "".join(c for c in map(chr, range(33, 127)) if c not in '"\\')
    for start in range(0, len(odd), 32):
        assert flash(f"--pk={odd[start : start + 32]}", f"--ps={WORST}")[0] == 0
