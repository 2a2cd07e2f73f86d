"""What a board with keys takes: nothing that one of them did not sign."""

from qsota.boot.record_data import GOOD, TRIAL
from qsota.errors import PackageError
from qsota.update import package, rsa
from qsota.update.package import HEADER_SIZE, SIGNED_SIZE
from target_bench import Bench, deflate, delta, plain
from testkeys import KEY, OTHER_KEY
from util import pattern, raises

_HEX = KEY.modulus.hex()
_OTHER_HEX = OTHER_KEY.modulus.hex()
SIGNED = KEY.sign(plain())
SIGNED_NEXT = KEY.sign(plain(pattern(3210), counter=1))


def refusal(data, keys=(_HEX,)):
    """The reason, after a look that nothing was touched: it comes with the last header byte."""
    bench = Bench(keys=list(keys))
    bench.begin(data)
    bench.write(data[: HEADER_SIZE - 1])
    reason = raises(PackageError, bench.write, data[HEADER_SIZE - 1 : HEADER_SIZE]).reason
    assert not bench.erased and bench.journal.record.slots[1].state == GOOD
    return reason


def changed(data, offset, content):
    return data[:offset] + content + data[offset + len(content) :]


def test_a_signed_package_of_every_kind_is_installed():
    for data in (SIGNED, KEY.sign(deflate()), KEY.sign(delta())):
        bench = Bench(keys=[_HEX])
        bench.install(data)
        assert bench.journal.record.slots[1].state == TRIAL


def test_an_unsigned_package_is_refused():
    assert refusal(plain()) == "unsigned"


def test_a_downgrade_needs_flag_and_signature():
    flagged = plain(counter=1, flags=package.ALLOW_DOWNGRADE)
    assert refusal(flagged) == "unsigned"
    Bench(floor=2, keys=[_HEX]).install(KEY.sign(flagged))


def test_a_package_signed_by_another_key_is_refused():
    other = OTHER_KEY.sign(plain())
    assert refusal(other) == "unknown-key"
    # The right key's number does not help the wrong signature.
    forged = KEY.sign(plain())[:SIGNED_SIZE] + other[SIGNED_SIZE:]
    assert refusal(forged) == "wrong-signature"


def test_the_signature_of_another_package_is_refused():
    swapped = SIGNED[:SIGNED_SIZE] + SIGNED_NEXT[SIGNED_SIZE:HEADER_SIZE] + SIGNED[HEADER_SIZE:]
    assert refusal(swapped) == "wrong-signature"


def test_another_image_under_a_signed_header_is_refused():
    bench = Bench(keys=[_HEX])
    data = SIGNED[:-1] + b"\0"
    assert raises(PackageError, bench.install, data).reason == "wrong-image"
    assert bench.journal.record.slots[1].state != TRIAL


def test_a_signature_that_is_cut_or_moved_is_refused():
    signature = SIGNED[SIGNED_SIZE:HEADER_SIZE]
    for other in (
        signature[:-1] + b"\0",
        b"\0" + signature[:-1],
        signature[1:] + b"\0",
        signature[:200] + bytes(184),
        b"\xff" * rsa.SIZE,
        bytes(rsa.SIZE - 1) + b"\1",
    ):
        assert refusal(changed(SIGNED, SIGNED_SIZE, other)) == "wrong-signature"


def test_a_signature_of_zeros_is_none():
    assert refusal(changed(SIGNED, SIGNED_SIZE, bytes(rsa.SIZE))) == "bad-header-field"


def test_either_of_two_keys_signs():
    keys = [_OTHER_HEX, _HEX]
    for data in (SIGNED, OTHER_KEY.sign(plain())):
        bench = Bench(keys=keys)
        bench.install(data)
        assert bench.journal.record.slots[1].state == TRIAL
    assert refusal(plain(), keys) == "unsigned"


def test_a_board_without_keys_takes_signed_packages():
    bench = Bench()
    bench.install(SIGNED)
    assert bench.journal.record.slots[1].state == TRIAL


def test_a_staged_image_is_not_trusted_without_its_signature():
    bench = Bench()
    data = plain()
    bench.begin(data)
    bench.write(data)
    bench.board.config["keys"] = [_HEX]
    bench.restart()
    assert bench.begin(data) == 0
