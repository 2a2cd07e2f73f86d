"""`qsota keygen`, `sign` and `verify`: keys, and what they put into packages and board files."""

import copy
import hashlib
import json
import stat
import tomllib

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from qsota.boot.board import Board
from qsota.errors import PackageError
from qsota.update import package
from qsota_tools import boards, cli
from qsota_tools.common.paths import BOARDS
from qsota_tools.package import keys
from qsota_tools.package.delta.pair import make_delta
from qsota_tools.package.make import make_package
from qsota_tools.package.signing import sign
from testkeys import KEY, OTHER_KEY

BOARD = boards.load("VIRTUAL")
PACKAGE = make_package(b"image" * 200, BOARD, "MCU", "1.2.3", counter=3)


@pytest.fixture(scope="module")
def key():
    return keys.generate()


@pytest.fixture
def pem(key, tmp_path):
    path = tmp_path / "key.pem"
    keys.save(key, path)
    return path


def public_pem(key, path):
    path.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return path


def test_the_device_accepts_what_the_host_signed(key):
    data = sign(PACKAGE, key)
    header = package.parse(data)
    list(package.signature_steps(header, data, [KEY.modulus, keys.modulus(key)]))
    assert header.key_id == keys.key_id(keys.modulus(key))
    assert header == package.parse(PACKAGE)._replace(key_id=header.key_id)
    assert data[package.HEADER_SIZE :] == PACKAGE[package.HEADER_SIZE :]


def test_the_signature_is_the_standard_one(key):
    data = sign(PACKAGE, key)
    key.public_key().verify(data[384:768], data[:384], padding.PKCS1v15(), hashes.SHA256())
    number = key.private_numbers()
    plain_rsa = pow(int.from_bytes(data[384:768]), 65537, number.public_numbers.n)
    assert plain_rsa >> 8 * 382 == 1  # 00 01 ...


def test_signing_again_replaces_the_signature(key):
    assert sign(KEY.sign(PACKAGE), key) == sign(PACKAGE, key)


def test_the_signer_of_the_tests_makes_the_same_bytes():
    number = int.from_bytes(KEY.modulus)
    public = rsa.RSAPublicNumbers(65537, number).public_key()
    data = KEY.sign(PACKAGE)
    public.verify(data[384:768], data[:384], padding.PKCS1v15(), hashes.SHA256())


def test_the_exact_reason_for_each_wrong_signature(key):
    data = sign(PACKAGE, key)
    for bad, known, reason in (
        (PACKAGE, [keys.modulus(key)], "unsigned"),
        (data, [KEY.modulus], "unknown-key"),
        (data[:700] + bytes(68) + data[768:], [keys.modulus(key)], "wrong-signature"),
    ):
        with pytest.raises(PackageError, match=reason):
            list(package.signature_steps(package.parse(bad), bad, known))


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


def test_sign_and_verify_on_the_command_line(file, pem, tmp_path, capsys):
    signed = tmp_path / "signed.bin"
    assert cli.main(["sign", str(file), "--key", str(pem), "-o", str(signed)]) == 0
    assert file.read_bytes() == PACKAGE
    assert cli.main(["verify", str(signed), "--key", str(pem)]) == 0
    assert "signed by key" in capsys.readouterr().out
    assert cli.main(["verify", str(file), "--key", str(pem)]) == 1
    assert capsys.readouterr().err.startswith(f"qsota: {file}: unsigned: ")


def test_sign_in_place(file, pem, key):
    assert cli.main(["sign", str(file), "--key", str(pem)]) == 0
    assert file.read_bytes() == sign(PACKAGE, key)


def test_sign_prints_the_form_anew_and_by_whom_the_package_is_signed(file, pem, key, capsys):
    assert cli.main(["sign", str(file), "--key", str(pem), "--json"]) == 0
    form = json.loads(capsys.readouterr().out)
    data = file.read_bytes()
    assert data == sign(PACKAGE, key)
    assert form["size"] == len(data)
    assert form["md5"] == hashlib.md5(data).hexdigest()
    assert form["sha256"] == hashlib.sha256(data).hexdigest()
    assert form["signed_by"] == f"key {keys.key_id(keys.modulus(key)):08x}"
    assert cli.main(["sign", str(file), "--key", str(pem)]) == 0
    assert f"signed by       {form['signed_by']}\n" in capsys.readouterr().out


def damaged(data):
    """The same package: cut anywhere, longer, with a bit flipped anywhere."""
    for length in (0, 1, 767, 768, 769, len(data) - 1):
        yield data[:length]
    yield data + b"x"
    for at in (0, 5, 300, 379, 768, (768 + len(data)) // 2, len(data) - 1):
        yield data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("kind", [package.PLAIN, package.DEFLATE])
def test_a_damaged_package_is_neither_signed_nor_verified(kind, file, pem, key, tmp_path, capsys):
    data = sign(make_package(b"image" * 200, BOARD, "MCU", "1", kind=kind), key)
    out = tmp_path / "out.bin"
    for bad in damaged(data):
        file.write_bytes(bad)
        assert cli.main(["verify", str(file), "--key", str(pem)]) == 1
        assert cli.main(["sign", str(file), "--key", str(pem), "-o", str(out)]) == 1
        assert capsys.readouterr().err.count(f"qsota: {file}: ") == 2
        assert not out.exists()


def test_a_damaged_delta_is_found_by_its_form_or_with_its_base(file, pem, key, tmp_path, capsys):
    old = make_package(bytes(range(256)) * 8, BOARD, "MCU", "1")
    new = make_package(bytes(range(256)) * 7 + b"new" * 40, BOARD, "MCU", "2")
    data = sign(make_delta(old, new, BOARD), key)
    base = tmp_path / "old.bin"
    base.write_bytes(old)
    command = ["verify", str(file), "--key", str(pem)]
    file.write_bytes(data)
    assert cli.main(command) == 0
    assert "its image not checked without --base" in capsys.readouterr().out
    assert cli.main([*command, "--base", str(base)]) == 0
    assert "not checked" not in capsys.readouterr().out
    for bad in (data[:-1], data + b"x"):
        file.write_bytes(bad)
        assert cli.main(command) == 1
    for at in range(package.HEADER_SIZE, len(data)):
        file.write_bytes(data[:at] + bytes([data[at] ^ 8]) + data[at + 1 :])
        assert cli.main([*command, "--base", str(base)]) == 1


def test_verify_judges_for_the_board_as_that_board_would(file, pem, key, tmp_path, capsys):
    path = tmp_path / "OURS.toml"
    line = f'keys = ["{keys.modulus(key).hex()}"]\n'
    path.write_text(line + (BOARDS / "RPI_PICO.toml").read_text())
    file.write_bytes(sign(PACKAGE, key))
    assert cli.main(["verify", str(file), "--board", str(path)]) == 1
    assert "wrong-board" in capsys.readouterr().err


def test_the_key_is_not_overwritten_by_what_it_signs(file, pem):
    before = pem.read_bytes()
    assert cli.main(["sign", str(file), "--key", str(pem), "-o", str(pem)]) == 1
    assert pem.read_bytes() == before


def test_a_public_key_verifies_and_does_not_sign(file, pem, key, tmp_path, capsys):
    public = public_pem(key, tmp_path / "public.pem")
    file.write_bytes(sign(PACKAGE, key))
    assert cli.main(["verify", str(file), "--key", str(public)]) == 0
    assert cli.main(["sign", str(file), "--key", str(public)]) == 1
    assert "holds no private key" in capsys.readouterr().err


def test_a_key_in_the_older_form_of_openssl_can_be_used(file, key, tmp_path):
    path = tmp_path / "openssl.pem"
    path.write_bytes(pem_of(key, form=serialization.PrivateFormat.TraditionalOpenSSL))
    assert b"BEGIN RSA PRIVATE KEY" in path.read_bytes()
    assert cli.main(["sign", str(file), "--key", str(path)]) == 0
    assert file.read_bytes() == sign(PACKAGE, key)


def test_a_file_that_is_no_package_is_not_signed(file, pem, capsys):
    file.write_bytes(b"hello")
    assert cli.main(["sign", str(file), "--key", str(pem)]) == 1
    problem = f"qsota: {file}: truncated at byte 5: the header alone has 768 bytes\n"
    assert capsys.readouterr().err == problem
    assert cli.main(["verify", str(file), "--key", str(pem)]) == 1


def pem_of(private, encryption=None, form=serialization.PrivateFormat.PKCS8):
    return private.private_bytes(
        serialization.Encoding.PEM, form, encryption or serialization.NoEncryption()
    )


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


def board_with(*moduli):
    return copy.deepcopy(BOARD) | {"keys": [modulus.hex() for modulus in moduli]}


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
