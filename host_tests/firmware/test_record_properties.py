"""The boot record under random content, random damage and random power cuts."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from qsota.boot.flash import Area
from qsota.boot.record import RECORD_SIZE, RecordLog, pack_into, unpack
from qsota.boot.record_data import Plan, Record, SlotState, Upgrade
from qsota_tools.proof.lab.nor_flash import NorFlash, PowerCut, cut_at

UINT32 = st.integers(0, 2**32 - 1)


def text(limit):
    alphabet = st.characters(min_codepoint=1, exclude_categories=("Cs",))
    return st.text(alphabet, max_size=limit).filter(lambda s: len(s.encode()) <= limit)


SLOTS = st.builds(
    SlotState,
    st.integers(0, 3),
    st.integers(0, 255),
    UINT32,
    st.binary(min_size=32, max_size=32),
    text(64),
    UINT32,
)
UPGRADE = {
    "component": text(32),
    "target": text(64),
    "length": UINT32,
    "md5": st.one_of(st.just(b""), st.binary(min_size=16, max_size=16)),
    "sha256": st.one_of(st.just(b""), st.binary(min_size=32, max_size=32)),
    "open": st.booleans(),
    "told": st.booleans(),
    "form": st.integers(0, 255),
    "origin": UINT32,
    "saved": UINT32,
    "tail": UINT32,
}
PLANS = st.builds(
    Plan, st.integers(0, 2**16 - 1), st.integers(0, 255), st.integers(0, 255), text(32), text(40)
)


@st.composite
def upgrades(draw):
    upgrade = Upgrade("", "", 0)
    for name, values in UPGRADE.items():
        setattr(upgrade, name, draw(values))
    return upgrade


@st.composite
def records(draw):
    rec = Record()
    rec.seq, rec.floor = draw(UINT32), draw(UINT32)
    rec.active, rec.report = draw(st.integers(0, 1)), draw(st.integers(0, 2))
    rec.slots = [draw(SLOTS), draw(SLOTS)]
    rec.upgrade = draw(st.one_of(st.none(), upgrades()))
    rec.plan = draw(PLANS)
    rec.reason, rec.tally = draw(text(32)), draw(st.integers(0, 255))
    return rec


def fields(rec):
    upgrade = rec.upgrade and {name: getattr(rec.upgrade, name) for name in UPGRADE}
    slots = [vars(slot) for slot in rec.slots]
    return {**vars(rec), "slots": slots, "upgrade": upgrade, "plan": vars(rec.plan)}


def packed(rec):
    buf = bytearray(RECORD_SIZE)
    pack_into(rec, buf)
    return buf


def log_on(flash):
    return RecordLog(Area(flash, flash.size, flash.erase_size, flash.program_size))


@given(records())
def test_any_record_survives_the_codec(rec):
    assert fields(unpack(packed(rec))) == fields(rec)


@given(st.binary(max_size=RECORD_SIZE + 8))
def test_no_bytes_make_unpack_raise(data):
    assert unpack(data) is None


@given(records(), st.data())
def test_a_record_with_any_damage_is_no_record(rec, data):
    buf = packed(rec)
    at = data.draw(st.integers(0, RECORD_SIZE - 1))
    buf[at] ^= data.draw(st.integers(1, 255))
    assert unpack(buf) is None


@given(st.integers(0, 2**32))
@settings(max_examples=25)
def test_a_log_on_any_garbage_works(seed):
    flash = NorFlash(2, content=Random(seed).randbytes(8192))
    log = log_on(flash)
    rec = log.load()
    assert rec.seq == 0
    log.store(rec)
    assert log_on(flash).load().seq == rec.seq


def test_a_cut_at_every_byte_of_a_record_leaves_the_old_or_the_new_one():
    for operation in (1, 2, 3):  # the two copies of the first record of a unit, and the next one
        for effective in range(RECORD_SIZE + 1):
            flash = NorFlash(2)
            rec = Record()
            log_on(flash).store(rec)
            flash.on_op = cut_at(operation, effective)
            log = log_on(flash)
            try:
                for rec.floor in (1, 2):
                    log.store(rec)
                raise AssertionError("not cut")
            except PowerCut:
                flash.power_on()
            complete = operation if effective == RECORD_SIZE else operation - 1
            assert log_on(flash).load().floor == (0, 1, 1, 2)[complete]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4096)), max_size=12))
@settings(max_examples=50)
def test_no_series_of_cuts_loses_a_record_that_was_stored(cuts):
    flash, stored, tried = NorFlash(2), 0, 0
    for operation, effective in cuts:
        flash.on_op = cut_at(operation, effective)
        log = log_on(flash)
        try:
            rec = log.load()
            while True:
                tried += 1
                rec.floor = tried
                log.store(rec)
                stored = tried
        except PowerCut:
            flash.power_on()
        assert stored <= log_on(flash).load().floor <= tried
