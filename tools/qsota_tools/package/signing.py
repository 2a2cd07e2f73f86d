"""Puts a signature into a package."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from qsota.update import package
from qsota_tools.package import keys


def sign(data: bytes, key: keys.PrivateKey) -> bytes:
    """The package with the signature of that key instead of any that it had."""
    head = bytearray(package.HEADER_SIZE)
    key_id = keys.key_id(keys.modulus(key))
    package.pack(package.parse(data)._replace(key_id=key_id), head)
    signed = bytes(head[: package.SIGNED_SIZE])
    return signed + sign_message(signed, key) + data[package.HEADER_SIZE :]


def sign_message(message: bytes, key: keys.PrivateKey) -> bytes:
    """The 384 bytes of the key's signature of message."""
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
