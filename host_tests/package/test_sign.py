"""`qsota sign` and `verify`: what is put into packages, and that nothing damaged passes."""

import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from signed_package import BOARD, PACKAGE, pem_of

from cases import some
from qsota.errors import PackageError
from qsota.update import package
from qsota_tools import cli
from qsota_tools.common.paths import BOARDS
from qsota_tools.package import keys
from qsota_tools.package.delta.pair import make_delta
from qsota_tools.package.make import make_package
from qsota_tools.package.signing import sign
from testkeys import KEY


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
    for length in some((0, 1, 767, 768, 769, len(data) - 1), 4):
        yield data[:length]
    yield data + b"x"
    for at in some((0, 5, 300, 379, 768, (768 + len(data)) // 2, len(data) - 1), 5):
        yield data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize(
    "kind", [package.PLAIN, pytest.param(package.DEFLATE, marks=pytest.mark.slow)]
)
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
    for at in some(range(package.HEADER_SIZE, len(data)), 7):
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
