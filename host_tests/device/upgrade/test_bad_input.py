"""Packages that are cut or damaged anywhere: refused with a reason, whatever the kind.

Every 23rd length and bit is tried, with QSOTA_CASES=all each of them on CPython.
"""

from cases import each, long
from qsota.boot.record_data import TRIAL
from qsota.errors import PackageError
from qsota.update.package import HEADER_SIZE
from qsota_tools.package.delta.coding import step
from qsota_tools.proof.lab.packages import stored
from streams import zeros
from target_bench import BASE, Bench, deflate, delta, plain
from testkeys import KEY
from util import pattern, raises

_EACH = each(23)

_IMAGE = BASE[100:200] + pattern(60, 3) + BASE[1000:1100]
_STEPS = (
    step(0, b"\1", True, 101) + step(99, pattern(60, 3), True, 800) + step(90, b"\1" * 5) + step(5)
)
_PATCHED = b"\1" + BASE[101:200] + pattern(60, 3) + BASE[1000:1090]
_PATCHED += bytes((byte + 1) & 0xFF for byte in BASE[1090:1095]) + BASE[1095:1100]

PACKAGES = (
    KEY.sign(plain(_IMAGE)),
    deflate(bytes(1 + 258), zeros(1)),
    deflate(_IMAGE, stored(_IMAGE, 200)),
    delta(_PATCHED, _STEPS),
)


def bench_for(data):
    """A board with a key for the signed package, one without for the others."""
    return Bench(keys=[KEY.modulus.hex()]) if data is PACKAGES[0] else Bench()


class Gate:
    """One bench for all the bad packages that pretend to be one good one."""

    def __init__(self, good):
        self._bench = bench_for(good)
        self._good = good
        self.reasons = {}

    def refuse(self, sent, promised=None):
        """The module gives `sent`; the cloud told length and digest of `promised`."""
        reason = raises(PackageError, self._bench.take, sent, promised or self._good).reason
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        assert self._bench.journal.record.slots[1].state != TRIAL


def test_the_packages_are_good():
    for data in PACKAGES:
        bench = bench_for(data)
        bench.take(data, data)
        bench.target.install()
        assert bench.journal.record.slots[1].state == TRIAL


def test_every_truncation_is_refused():
    for data in PACKAGES:
        gate = Gate(data)
        for n in range(0, len(data), _EACH):
            gate.refuse(data[:n])
        assert set(gate.reasons) <= {"truncated", "wrong-image", "bad-payload"}
        assert gate.reasons["truncated"] == -(-HEADER_SIZE // _EACH)


def test_every_truncated_file_in_the_cloud_is_refused():
    for data in PACKAGES:
        gate = Gate(data)
        for n in range(0, len(data), _EACH):
            gate.refuse(data[:n], data[:n])
        assert "truncated" in gate.reasons
        assert set(gate.reasons) <= {"truncated", "wrong-length"}


@long
def test_every_flipped_bit_is_refused():
    for data in PACKAGES:
        gate = Gate(data)
        bad = bytearray(data)
        for bit in range(0, len(data) * 8, _EACH):
            bad[bit // 8] ^= 1 << bit % 8
            gate.refuse(bytes(bad))
            bad[bit // 8] ^= 1 << bit % 8
        # Bits that fill a DEFLATE stream up mean nothing to the image: only the digest of the
        # whole file finds them.
        assert gate.reasons.pop("wrong-sha256", 0) <= 2 * 5 + 7
        found = set(gate.reasons) - {"wrong-image", "bad-payload"}
        signature = "wrong-signature" if data is PACKAGES[0] else "bad-header-field"
        assert found == {"wrong-magic", "unknown-format", "bad-header-crc", signature}
