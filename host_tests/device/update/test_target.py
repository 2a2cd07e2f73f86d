from qsota.boot.record_data import BAD, EMPTY, GOOD, TRIAL
from qsota.errors import BoardError, FlashError, PackageError
from qsota.resident import handover
from qsota.update import package
from qsota.update.package import HEADER_SIZE
from qsota_tools.package.delta.coding import step
from qsota_tools.proof.lab.packages import stored
from streams import zeros
from target_bench import BASE, KINDS, NEW, SLOTS, STEPS, Bench, deflate, delta, plain
from util import drive, pattern, raises


def refusal(data, bench=None, **fields):
    return raises(PackageError, lambda: (bench or Bench()).install(data, **fields)).reason


# --- packages that belong here


def test_every_kind_puts_header_and_image_into_the_slot():
    for data in KINDS:
        for piece in (1, 100, 767, 768, 769, 1024, 10000):
            bench = Bench()
            bench.install(data, piece)
            assert bench.slot(HEADER_SIZE + len(NEW)) == data[:HEADER_SIZE] + NEW


def test_an_installed_image_is_on_trial_as_its_header_says():
    for data in KINDS:
        bench = Bench()
        bench.install(data)
        bench.restart(1)
        slot = bench.journal.record.slots[1]
        header = package.parse(data)
        assert (slot.state, slot.size, slot.attempts) == (TRIAL, len(NEW), 3)
        assert (slot.sha256, slot.version) == (header.image_sha256, "2_0_0")


def test_a_package_larger_than_the_slot_is_refused_at_once():
    bench = Bench()
    assert raises(PackageError, bench.begin, bytes(40961)).reason == "too-large"


def test_an_image_larger_than_the_slot_is_refused_with_its_header():
    bench = Bench()
    data = deflate(image_size=40961 - HEADER_SIZE)
    assert refusal(data, bench) == "too-large" and not bench.erased


def test_the_watchdog_is_fed_while_little_becomes_much():
    image = bytes(1 + 258 * 100)
    bench = Bench()
    data = deflate(image, zeros(100))
    assert len(data) < 1024
    bench.stage(data)
    assert bench.fed >= len(image) // 4096


# --- before anything is erased


def test_guards_refuse_with_the_header_and_leave_the_spare_slot_alone():
    for reason, changed in (
        ("wrong-board", {"board": "OTHER"}),
        ("wrong-component", {"component": "BLE"}),
        ("wrong-version", {"version": "3_0_0"}),
        ("old-loader", {"loader": handover.INTERFACE + 1}),
        ("downgrade", {"counter": 4}),
    ):
        bench = Bench(floor=5)
        fields = {"counter": 5}
        fields.update(changed)
        data = plain(**fields)
        bench.begin(data)
        bench.write(data[: HEADER_SIZE - 1])
        assert raises(PackageError, bench.write, data[HEADER_SIZE - 1 :]).reason == reason
        bench.restart()
        assert not bench.erased and bench.journal.record.slots[1].state == GOOD


def test_a_downgrade_is_taken_with_the_flag():
    bench = Bench(floor=5)
    bench.install(plain(counter=4, flags=package.ALLOW_DOWNGRADE))
    assert bench.journal.record.slots[1].counter == 4


def test_the_window_must_fit_the_board():
    assert refusal(deflate(window_bits=13)) == "window-too-large"
    Bench(limits={"window_bits": 13}).install(deflate(window_bits=13))
    bench = Bench(limits={"window_bits": 9})
    assert refusal(deflate(window_bits=10), bench) == "window-too-large" and not bench.erased


def test_without_a_version_in_the_plan_the_package_names_it():
    bench = Bench()
    bench.install(plain(version="7"), target="")
    assert bench.journal.record.slots[1].version == "7"


# --- deltas


def test_a_delta_for_another_base_is_refused_and_the_way_back_stays():
    for changed in ({"base": BASE[:-1]}, {"base": BASE + b"x"}, {"base_size": len(BASE) + 1}):
        bench = Bench()
        assert refusal(delta(**changed), bench) == "wrong-base"
        bench.restart()
        assert not bench.erased and bench.journal.record.slots[1].state == GOOD


def test_a_delta_is_refused_when_the_running_slot_is_not_what_its_record_says():
    bench = Bench()
    bench.flash.content[SLOTS[0] + HEADER_SIZE + 1500] ^= 4
    assert refusal(delta(), bench) == "wrong-base" and not bench.erased


def test_in_recovery_there_is_no_base():
    assert refusal(delta(), Bench(running=None)) == "wrong-base"


def test_a_delta_with_steps_outside_of_the_base_is_refused():
    assert refusal(delta(steps=step(3001))) == "bad-payload"


# --- erasing ahead


def test_a_good_spare_image_is_kept_until_the_header_is_here():
    bench = Bench()
    bench.begin(plain())
    assert not bench.target.erase_step() and not bench.erased
    assert bench.journal.record.slots[1].state == GOOD
    bench.write(plain()[:HEADER_SIZE])
    assert bench.erased and bench.journal.record.slots[1].state == EMPTY
    assert bench.journal.open_upgrade() is not None


def test_a_slot_without_a_good_image_is_erased_ahead_for_every_package():
    for state in (EMPTY, BAD):
        bench = Bench()
        bench.journal.record.slots[1].state = state
        bench.begin(delta())
        assert bench.erased


def test_a_slot_is_erased_ahead_as_far_as_the_package_goes():
    bench = Bench()
    bench.journal.record.slots[1].state = BAD
    data = plain(pattern(9000))
    bench.begin(data)
    steps = 0
    while bench.target.erase_step():
        steps += 1
    assert steps == 2
    bench.write(data)
    drive(bench.target.finish())
    assert bench.flash.erases[SLOTS[1] // 4096 :][:4] == [1, 1, 1, 0]


# --- resets and second tries


def test_a_plain_package_goes_on_where_it_was_cut():
    data = plain(pattern(9000))
    for count, staged in ((700, 0), (2000, 0), (6000, 4096), (9768, 8192)):
        bench = Bench()
        bench.begin(data)
        bench.write(data[:count], 500)
        bench.restart()
        assert bench.begin(data) == staged
        replayed = bytearray()
        drive(bench.target.replay(replayed.extend))
        assert replayed == data[:staged]
        bench.write(data[staged:])
        drive(bench.target.finish())
        assert bench.slot(len(data)) == data


def test_a_compressed_package_starts_over():
    for data in KINDS[1:]:
        bench = Bench()
        bench.begin(data)
        bench.write(data[:-1])
        bench.restart()
        assert bench.stage(data) == 0
        assert bench.slot(HEADER_SIZE + len(NEW)) == data[:HEADER_SIZE] + NEW


def test_a_reset_between_the_last_byte_and_the_record_loses_nothing():
    for data in KINDS:
        bench = Bench()
        bench.stage(data)
        bench.restart()
        assert bench.stage(data) == len(data)
        bench.target.install()
        assert bench.journal.record.slots[1].state == TRIAL


def test_a_staged_image_that_was_damaged_is_loaded_or_decoded_again():
    for data in KINDS:
        bench = Bench()
        bench.stage(data)
        bench.restart()
        bench.flash.content[SLOTS[1] + HEADER_SIZE + 5] ^= 1
        staged = bench.stage(data)
        assert staged < len(data) if data is KINDS[0] else staged == len(data)
        assert bench.slot(HEADER_SIZE + len(NEW)) == data[:HEADER_SIZE] + NEW


def test_another_package_of_the_same_length_and_version_takes_nothing_over():
    one, other = plain(pattern(5000)), plain(pattern(5000, 1))
    bench = Bench()
    bench.begin(one)
    bench.write(one)
    bench.restart()
    assert bench.stage(other) == 0
    assert bench.slot(len(other)) == other


def test_a_package_can_be_read_twice():
    for data in KINDS:
        bench = Bench()
        bench.begin(data)
        bench.write(data[:-100])
        bench.target.rewind()
        bench.write(data)
        drive(bench.target.finish())
        assert bench.slot(HEADER_SIZE + len(NEW)) == data[:HEADER_SIZE] + NEW


def test_the_way_back_of_a_trial_is_not_touched():
    bench = Bench()
    bench.journal.record.slots[0].state = TRIAL
    assert raises(FlashError, bench.install, plain()).reason == "trial-open"
    assert not bench.erased and bench.journal.record.slots[1].state == GOOD


# --- content


def test_an_image_that_is_not_the_one_in_the_header_is_refused():
    assert refusal(plain()[:-1] + b"\0") == "wrong-image"
    assert refusal(deflate(payload=stored(NEW[:-1] + b"\0"))) == "wrong-image"
    assert refusal(delta(steps=STEPS[:-1] + b"\0")) == "wrong-image"


def test_a_package_without_its_end_is_refused():
    assert refusal(plain()[: HEADER_SIZE - 1]) == "truncated"
    for data in KINDS:
        bench = Bench()
        bench.begin(data)
        bench.write(data[:-1])
        reason = raises(PackageError, bench.target.finish).reason
        assert reason == ("wrong-image" if data is KINDS[0] else "bad-payload")


def test_a_payload_that_unpacks_to_more_than_the_image_stops_there():
    bench = Bench()
    programmed = [0]

    def count(kind, offset, length):
        if kind == "program" and offset >= SLOTS[1]:
            programmed[0] += length

    data = deflate(bytes(5000), zeros(4000))
    assert len(data) < 8000
    bench.begin(data)
    bench.write(data)
    bench.flash.on_op = count
    assert raises(PackageError, bench.target.finish).reason == "bad-payload"
    assert programmed[0] <= HEADER_SIZE + 5000 + 256
    assert refusal(delta(NEW, STEPS + step(0, b"x", True))) == "bad-payload"


def test_a_key_in_the_board_file_that_is_none_is_found_at_the_start():
    for keys in (["00"], ["xyz"], [5], "00"):
        error = raises(BoardError, lambda keys=keys: Bench(keys=keys))
        assert error.args == ("board-field", "keys")
