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


def read(data, md5=b"", sha256=b"", again=False):
    """The Digest of a package for which these were promised, with data in it."""
    result = Digest(md5, sha256, again)
    for i in range(0, len(data), 100):
        result.update(memoryview(data)[i : i + 100])
    return result


def without_md5_in_c(fn):
    digest.hashlib = _NoMd5
    try:
        return fn()
    finally:
        digest.hashlib = hashlib


def refusal(data, md5=b"", sha256=b"", length=None):
    digest = read(data, md5, sha256)
    return raises(PackageError, digest.matches, length or len(_DATA)).reason


def test_the_promised_package_matches():
    read(_DATA, _MD5, _SHA256).matches(len(_DATA))


def test_the_length_counts_every_byte():
    assert read(_DATA).length == len(_DATA)


def test_a_missing_byte_and_a_byte_too_many_are_found():
    assert refusal(_DATA[:-1], _MD5, _SHA256) == "wrong-length"
    assert refusal(_DATA + b"\0", _MD5, _SHA256) == "wrong-length"


def test_a_changed_byte_is_found_by_either_digest():
    changed = b"\1" + _DATA[1:]
    assert refusal(changed, _MD5, _SHA256) == "wrong-sha256"
    assert refusal(changed, _MD5, None) == "wrong-md5"
    assert refusal(changed, None, _SHA256) == "wrong-sha256"


def test_one_digest_of_two_is_enough():
    read(_DATA, bytes(16), _SHA256).matches(len(_DATA))
    read(_DATA, _MD5, bytes(32)).matches(len(_DATA))
    assert refusal(_DATA, bytes(16), bytes(32)) == "wrong-sha256"


def test_a_digest_that_is_the_only_one_must_fit():
    assert refusal(_DATA, bytes(16)) == "wrong-md5"
    assert refusal(_DATA, b"", bytes(32)) == "wrong-sha256"


def test_a_plan_without_digests_still_has_a_length():
    read(_DATA).matches(len(_DATA))
    assert refusal(_DATA, length=1) == "wrong-length"


def test_firmware_without_md5_uses_the_python_one_where_no_sha256_is_known():
    def check():
        read(_DATA, _MD5).matches(len(_DATA))
        return refusal(_DATA, bytes(16))

    assert without_md5_in_c(check) == "wrong-md5"


def test_the_python_md5_does_not_run_beside_a_sha256():
    def check():
        read(_DATA, bytes(16), _SHA256).matches(len(_DATA))
        return refusal(_DATA, _MD5, bytes(32)), read(_DATA, _MD5, _SHA256)._md5

    assert without_md5_in_c(check) == ("wrong-sha256", None)


def test_the_python_md5_runs_when_the_package_is_read_again():
    without_md5_in_c(lambda: read(_DATA, _MD5, bytes(32), again=True).matches(len(_DATA)))
