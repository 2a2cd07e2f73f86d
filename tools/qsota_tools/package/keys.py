"""The keys that packages are signed with: RSA of 3072 bits in PEM files."""

from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa as host_rsa

from qsota.update import rsa
from qsota_tools.common import files
from qsota_tools.common.errors import UserError

_BITS = 8 * rsa.SIZE
_EXPONENT = 65537

PrivateKey = host_rsa.RSAPrivateKey
Password = bytes | Callable[[], bytes] | None  # of an encrypted key, or who can tell it


def generate() -> PrivateKey:
    """A new private key."""
    while True:
        key = host_rsa.generate_private_key(_EXPONENT, _BITS)
        if key_id(modulus(key)):  # 0 says in a header that there is no key
            return key


def modulus(key: PrivateKey | host_rsa.RSAPublicKey) -> bytes:
    """The 384 bytes by which a board knows the key."""
    public = key.public_key() if isinstance(key, PrivateKey) else key
    return public.public_numbers().n.to_bytes(rsa.SIZE, "big")


def key_id(public: bytes) -> int:
    """The number of a key in a package header; public: its modulus."""
    return rsa.key_id(public)


def load_private(path: Path, password: Password = None) -> PrivateKey:
    """The key in a PEM file; UserError if it is not one that packages can be signed with."""
    key = _parsed(path, password)
    if not isinstance(key, PrivateKey):
        raise UserError(f"{path}: holds no private key, with which packages are signed")
    return key


def load_modulus(path: Path, password: Password = None) -> bytes:
    """The modulus of the private or public key in a PEM file; UserError."""
    return modulus(_parsed(path, password))


def _parsed(path: Path, password: Password) -> PrivateKey | host_rsa.RSAPublicKey:
    data = files.read(path)
    try:
        if b"PRIVATE KEY" in data:
            key = _decrypted(path, data, password)
        else:
            key = serialization.load_pem_public_key(data)
    except ValueError as error:
        raise UserError(f"{path}: holds no key in PEM form ({error})") from None
    if not isinstance(key, (PrivateKey, host_rsa.RSAPublicKey)) or key.key_size != _BITS:
        raise UserError(f"{path}: must be an RSA key of {_BITS} bits")
    numbers = (key.public_key() if isinstance(key, PrivateKey) else key).public_numbers()
    if numbers.e != _EXPONENT or not key_id(modulus(key)):
        raise UserError(f"{path}: cannot be used; make one with `qsota keygen`")
    return key


def _decrypted(path: Path, data: bytes, password: Password) -> PrivateKey:
    """The private key; UserError if the password is wrong. Whoever can tell it is asked only if
    there is one."""
    try:
        return serialization.load_pem_private_key(data, None if callable(password) else password)
    except TypeError:
        if not callable(password):
            text = "is encrypted" if password is None else "is not encrypted: it has no password"
            raise UserError(f"{path}: {text}") from None
    except ValueError:
        if password is None or callable(password):
            raise
        raise UserError(f"{path}: the password is wrong, or the file is damaged") from None
    return _decrypted(path, data, password())


def save(key: PrivateKey, path: Path, password: bytes | None = None) -> None:
    """Write the key to a new PEM file that only its owner may read, encrypted by a password if
    there is one."""
    data = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption(),
    )
    files.write_new(path, data, 0o600)
