import hashlib

from qsota.errors import PackageError
from qsota.update import digest
from qsota.update.digest import Digest
from util import raises

_DATA = bytes(range(256)) * 9
_MD5 = hashlib.md5(_DATA).digest()
_SHA256 = hashlib.sha256(_DATA).digest()


class _NoMd5:
    """hashlib of a firmware without network."""

    sha256 = hashlib.sha256


def digest_of(data, **options):
    result = Digest(**options)
    for i in range(0, len(data), 100):
        result.update(memoryview(data)[i : i + 100])
    return result


def without_md5_in_c(fn):
    digest.hashlib = _NoMd5
    try:
        return fn()
    finally:
        digest.hashlib = hashlib


def refusal(data, *promised):
    return raises(PackageError, digest_of(data).matches, *promised).reason


def test_the_promised_package_matches():
    digest_of(_DATA).matches(len(_DATA), _MD5, _SHA256)


def test_the_length_counts_every_byte():
    assert digest_of(_DATA).length == len(_DATA)


def test_a_missing_byte_and_a_byte_too_many_are_found():
    assert refusal(_DATA[:-1], len(_DATA), _MD5, _SHA256) == "wrong-length"
    assert refusal(_DATA + b"\0", len(_DATA), _MD5, _SHA256) == "wrong-length"


def test_a_changed_byte_is_found_by_either_digest():
    changed = b"\1" + _DATA[1:]
    assert refusal(changed, len(_DATA), _MD5, _SHA256) == "wrong-sha256"
    assert refusal(changed, len(_DATA), _MD5, None) == "wrong-md5"
    assert refusal(changed, len(_DATA), None, _SHA256) == "wrong-sha256"


def test_a_wrong_md5_is_found_though_the_sha256_fits():
    assert refusal(_DATA, len(_DATA), bytes(16), _SHA256) == "wrong-md5"


def test_a_plan_without_digests_still_has_a_length():
    digest_of(_DATA).matches(len(_DATA))
    assert refusal(_DATA, 1, b"", b"") == "wrong-length"


def test_firmware_without_md5_uses_the_python_one():
    def check():
        digest_of(_DATA).matches(len(_DATA), _MD5)
        return refusal(_DATA, len(_DATA), bytes(16))

    assert without_md5_in_c(check) == "wrong-md5"


def test_firmware_without_md5_trusts_a_known_sha256_alone():
    def check():
        one = digest_of(_DATA, has_sha256=True)
        one.matches(len(_DATA), bytes(16), _SHA256)
        other = digest_of(_DATA, has_sha256=True)
        return raises(PackageError, other.matches, len(_DATA), _MD5, bytes(32)).reason

    assert without_md5_in_c(check) == "wrong-sha256"
