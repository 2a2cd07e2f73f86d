# Length and digests of a package that arrives in pieces, against what the plan promised.
import hashlib

from qsota import log
from qsota.errors import PackageError

# The plan's CRC-32/MPEG-2 is not computed here: several us per byte in Python are seconds per
# package, and it finds nothing that the digests do not (on the host: qsota_tools/crc.py).


class Digest:
    """md5 (16 bytes) and sha256 (32 bytes) as promised, None or b"" where the plan gives none.

    Firmware without network has no MD5 in C, and the Python one is slow: it runs where there is no
    SHA-256, and where a package is read again, since its SHA-256 did not fit.
    """

    def __init__(self, md5=b"", sha256=b"", again=False):
        self.length = 0
        self._promised = sha256, md5
        self._sha256 = hashlib.sha256() if sha256 else None
        fast = hasattr(hashlib, "md5")
        self._md5 = _new_md5() if md5 and (fast or again or not sha256) else None

    def update(self, data):
        """Take the next piece of the package, of any size."""
        self.length += len(data)
        if self._sha256:
            self._sha256.update(data)
        if self._md5:
            self._md5.update(data)

    def matches(self, length):
        """PackageError wrong-length, wrong-sha256 or wrong-md5: not the promised package.

        One digest of two is enough: the other one may have lost a bit on its way, and no accident
        makes one fit. Final: MicroPython's hashers cannot go on afterwards.
        """
        if self.length != length:
            raise PackageError("wrong-length")
        wrong = fits = ""
        for name, hasher, promised in zip(
            ("sha256", "md5"), (self._sha256, self._md5), self._promised
        ):
            if hasher and hasher.digest() == promised:
                fits = name
            elif hasher:
                wrong = wrong or "wrong-" + name
        if wrong and not fits:
            raise PackageError(wrong)
        if wrong:
            log.write("%s, but %s fits" % (wrong, fits))


def _new_md5():
    if hasattr(hashlib, "md5"):
        return hashlib.md5()
    from qsota.update.md5 import MD5

    return MD5()
