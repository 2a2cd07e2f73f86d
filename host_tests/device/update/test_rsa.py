from hashlib import sha256

from cases import long
from qsota.update import rsa
from testkeys import KEY, OTHER_KEY

_MESSAGE = b"header"
_SIGNATURE = KEY.signature(_MESSAGE)
_INFO = rsa._DIGEST_INFO
_DIGEST = sha256(_MESSAGE).digest()


def accepts(signature, message=_MESSAGE, key=KEY):
    return rsa.verify(key.modulus, message, signature)


def block(tail, start=b"\0\1", padding=b"\xff"):
    """A signature block with other content; tail follows the padding."""
    return start + padding * (rsa.SIZE - len(start) - len(tail)) + tail


def signed(block):
    """Whether a block that the key itself has signed is accepted."""
    return accepts(KEY.raw(block))


def test_a_signature_is_accepted():
    assert accepts(_SIGNATURE)
    assert accepts(memoryview(_SIGNATURE), memoryview(_MESSAGE))


def test_a_signature_is_checked_in_small_steps():
    """The application runs in between: the whole power takes 0.27 s on a Pico."""
    steps = list(rsa.steps(KEY.modulus, _MESSAGE, _SIGNATURE))
    assert len(steps) == 17 and steps[-1] is True


def test_the_signature_of_another_message_or_key_is_not():
    assert not accepts(_SIGNATURE, b"hEader")
    assert not accepts(_SIGNATURE, b"")
    assert not accepts(_SIGNATURE, key=OTHER_KEY)
    assert not accepts(OTHER_KEY.signature(_MESSAGE))


def test_a_truncated_or_longer_signature_is_not():
    for signature in (
        b"",
        _SIGNATURE[:-1],
        _SIGNATURE[1:],
        _SIGNATURE + b"\0",
        b"\0" + _SIGNATURE,
    ):
        assert not accepts(signature)


def test_numbers_that_are_their_own_power_are_not():
    for number in (0, 1, KEY.n - 1):
        assert not accepts(number.to_bytes(rsa.SIZE, "big"))


def test_a_signature_must_be_below_the_modulus():
    # s + n is the same to the power, and fits the field for a part of all messages.
    message, number = b"", KEY.n
    while number + KEY.n >= 1 << 8 * rsa.SIZE:
        message += b"x"
        signature = KEY.signature(message)
        number = int.from_bytes(signature, "big")
    assert accepts(signature, message)
    assert not accepts((number + KEY.n).to_bytes(rsa.SIZE, "big"), message)


@long
def test_the_block_of_the_standard_is_the_only_one_taken():
    right = b"\0" + _INFO + _DIGEST
    assert signed(block(right))
    for forged in (
        block(right, start=b"\0\2"),  # the block type of encryption
        block(right, start=b"\0\0", padding=b"\0"),
        block(right, padding=b"\xfe"),
        block(right[1:]),  # no end of the padding
        block(b"\0" + right),
        block(right + b"\0"),
        b"\0\1\xff" + right + b"\0" * (rsa.SIZE - 3 - len(right)),  # Bleichenbacher 2006
        b"\0\1" + b"\xff" * 8 + right + b"\xff" * (rsa.SIZE - 10 - len(right)),
        block(b"\0" + _DIGEST),
        block(b"\0" + _INFO.replace(b"\5\0", b"") + _DIGEST),  # no NULL after the algorithm
        block(b"\0" + _INFO[:13] + b"\0" + _INFO[14:] + _DIGEST),  # another hash algorithm
        block(b"\0\x30\x81\x31" + _INFO[2:] + _DIGEST),  # BER instead of DER
        block(b"\0" + _INFO + _DIGEST[:-1] + b"\0"),
    ):
        assert len(forged) == rsa.SIZE and not signed(forged)


def test_a_key_is_named_by_the_start_of_its_modulus_digest():
    assert rsa.key_id(KEY.modulus) == int.from_bytes(sha256(KEY.modulus).digest()[:4], "little")
    assert rsa.key_id(KEY.modulus) != rsa.key_id(OTHER_KEY.modulus)
