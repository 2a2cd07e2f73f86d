# Length and digests of a package that arrives in pieces, against what the plan promised.
import hashlib

from qsota.errors import PackageError

# The plan's CRC-32/MPEG-2 is not computed here: several us per byte in Python are seconds per
# package, and it finds nothing that the digests do not (on the host: qsota_tools/crc.py).


class Digest:
    def __init__(self, has_sha256=False):
        """has_sha256: the plan gives a SHA-256, so MD5 is kept only where it costs next to
        nothing. (Firmware without network has no MD5 in C, and the Python one is slow.)"""
        self.length = 0
        self._sha256 = hashlib.sha256()
        self._md5 = None if has_sha256 and not hasattr(hashlib, "md5") else _new_md5()

    def update(self, data):
        """Take the next piece of the package, of any size."""
        self.length += len(data)
        self._sha256.update(data)
        if self._md5:
            self._md5.update(data)

    def matches(self, length, md5=None, sha256=None):
        """PackageError wrong-length, wrong-sha256 or wrong-md5 if this is not the promised
        package; md5 (16 bytes) and sha256 (32 bytes) are None or b"" where the plan gives none.
        Final: MicroPython's hashers cannot go on afterwards."""
        if self.length != length:
            raise PackageError("wrong-length")
        if sha256 and self._sha256.digest() != sha256:
            raise PackageError("wrong-sha256")
        if md5 and self._md5 and self._md5.digest() != md5:
            raise PackageError("wrong-md5")


def _new_md5():
    if hasattr(hashlib, "md5"):
        return hashlib.md5()
    from qsota.update.md5 import MD5

    return MD5()
