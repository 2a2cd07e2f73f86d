# RSA-3072 signatures (RSASSA-PKCS1-v1_5 with SHA-256), as far as a verifier needs them.
import struct
from hashlib import sha256

from micropython import const

SIZE = const(384)  # bytes of a modulus and of a signature
_SQUARES = const(16)  # the exponent is 2 ** 16 + 1

# What a SHA-256 digest starts with in a signature (RFC 8017, 9.2).
_DIGEST_INFO = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"


def key_id(modulus):
    """The number that a package header names a public key by; modulus: 384 bytes."""
    return struct.unpack("<I", sha256(modulus).digest()[:4])[0]


def verify(modulus, message, signature):
    """Whether signature (384 bytes) is that of message by the key of this modulus (384 bytes)."""
    good = False
    for good in steps(modulus, message, signature):
        pass
    return good


def steps(modulus, message, signature):
    """verify() in 17 steps of 16 ms on a Pico; the last one says it."""
    n = int.from_bytes(modulus, "big")
    s = int.from_bytes(signature, "big")
    if len(signature) != SIZE or s >= n:
        yield False
        return
    power = s
    for _ in range(_SQUARES):
        power = power * power % n
        yield
    # The whole block is compared with the only right one. Nothing of it is parsed: forgeries
    # live on verifiers that search a padding for its end.
    yield (power * s % n).to_bytes(SIZE, "big") == _block(message)


def _block(message):
    tail = b"\0" + _DIGEST_INFO + sha256(message).digest()
    return b"\0\1" + b"\xff" * (SIZE - 2 - len(tail)) + tail
