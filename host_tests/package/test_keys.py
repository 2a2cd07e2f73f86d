"""`qsota keygen`, keys that cannot be used, and keys in board files."""

import copy
import stat
import tomllib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from signed_package import BOARD, PACKAGE, pem_of

from qsota.boot.board import Board
from qsota_tools import boards, cli
from qsota_tools.common.paths import BOARDS
from qsota_tools.package import keys
from qsota_tools.package.signing import sign
from testkeys import KEY, OTHER_KEY


def test_keygen_writes_a_private_file_and_prints_the_line_for_the_board(tmp_path, capsys):
    path = tmp_path / "new.pem"
    assert cli.main(["keygen", str(path)]) == 0
    shown = capsys.readouterr().out
    modulus = keys.modulus(keys.load_private(path))
    assert tomllib.loads(shown) == {"keys": [modulus.hex()]}
    assert f"key {keys.key_id(modulus):08x}" in shown
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keygen_never_replaces_a_key(pem, capsys):
    before = pem.read_bytes()
    assert cli.main(["keygen", str(pem)]) == 1
    assert "File exists" in capsys.readouterr().err
    assert pem.read_bytes() == before


def test_a_key_without_a_number_is_not_given_out(monkeypatch, key):
    drawn = []

    def draw(exponent, bits):
        drawn.append(bits)
        return key

    monkeypatch.setattr(keys.host_rsa, "generate_private_key", draw)
    monkeypatch.setattr(keys, "key_id", lambda modulus: len(drawn) - 1)
    assert keys.generate() is key
    assert drawn == [3072, 3072]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (lambda: b"hello", "holds no key in PEM form"),
        (lambda: b"-----BEGIN PRIVATE KEY-----\nAAAA\n", "holds no key in PEM form"),
        (lambda: pem_of(rsa.generate_private_key(65537, 2048)), "an RSA key of 3072 bits"),
        (lambda: pem_of(rsa.generate_private_key(3, 3072)), "cannot be used"),
        (lambda: pem_of(ec.generate_private_key(ec.SECP256R1())), "an RSA key of 3072 bits"),
        (
            lambda: pem_of(
                rsa.generate_private_key(65537, 3072), serialization.BestAvailableEncryption(b"x")
            ),
            "is encrypted",
        ),
    ],
)
def test_a_key_that_cannot_be_used(content, problem, file, tmp_path, capsys):
    path = tmp_path / "bad.pem"
    path.write_bytes(content())
    assert cli.main(["sign", str(file), "--key", str(path)]) == 1
    assert problem in capsys.readouterr().err


# --- keys in board files


def test_a_board_file_with_keys(tmp_path, file, pem, key, capsys):
    path = tmp_path / "OURS.toml"
    line = f'keys = ["{keys.modulus(key).hex()}", "{KEY.modulus.hex()}"]\n'
    path.write_text(line + (BOARDS / "VIRTUAL.toml").read_text())
    assert Board(boards.load(str(path))).keys == [keys.modulus(key), KEY.modulus]
    assert cli.main(["verify", str(file), "--board", str(path)]) == 1
    file.write_bytes(sign(PACKAGE, key))
    assert cli.main(["verify", str(file), "--board", str(path)]) == 0
    file.write_bytes(KEY.sign(PACKAGE))
    assert cli.main(["verify", str(file), "--board", str(path)]) == 0
    file.write_bytes(OTHER_KEY.sign(PACKAGE))
    capsys.readouterr()
    assert cli.main(["verify", str(file), "--board", str(path)]) == 1
    assert "unknown-key" in capsys.readouterr().err


def test_a_board_without_keys_has_nothing_to_verify_with(file, capsys):
    assert cli.main(["verify", str(file), "--board", "VIRTUAL"]) == 1
    assert "VIRTUAL has no keys" in capsys.readouterr().err


@pytest.mark.parametrize(
    "bad",
    [
        [],
        "00",
        [5],
        ["00" * 384],
        [KEY.modulus.hex()[:-2]],
        [KEY.modulus.hex().upper()],
        [(int.from_bytes(KEY.modulus) - 1).to_bytes(384).hex()],
        ["7f" + KEY.modulus.hex()[2:]],
        [KEY.modulus.hex()] * 2,
        [KEY.modulus.hex(), OTHER_KEY.modulus.hex(), "zz"],
        [KEY.modulus.hex()] * 5,
    ],
)
def test_keys_that_are_none_are_named(bad):
    found = boards.problems(copy.deepcopy(BOARD) | {"keys": bad})
    assert found == ["keys: must be 1 to 4 different lines of `qsota keygen`"]


def test_the_window_of_a_board_has_limits():
    board = copy.deepcopy(BOARD)
    for bits in (9, 12, 15):
        assert boards.problems(board | {"limits": {"window_bits": bits}}) == []
    for bits in (8, 16, "12"):
        assert boards.problems(board | {"limits": {"window_bits": bits}}) == [
            "limits.window_bits: must be a whole number from 9 to 15"
        ]
    assert boards.problems(board | {"limits": 12}) == ["limits: missing section"]
