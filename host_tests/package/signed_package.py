"""A package to sign, and keys as PEM files."""

from cryptography.hazmat.primitives import serialization

from qsota_tools import boards
from qsota_tools.package.make import make_package

BOARD = boards.load("VIRTUAL")
PACKAGE = make_package(b"image" * 200, BOARD, "MCU", "1.2.3", counter=3)


def pem_of(private, encryption=None, form=serialization.PrivateFormat.PKCS8):
    return private.private_bytes(
        serialization.Encoding.PEM, form, encryption or serialization.NoEncryption()
    )
