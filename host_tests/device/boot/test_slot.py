from hashlib import sha256

from qsota.boot.flash import Area
from qsota.boot.record_data import SlotState
from qsota.boot.slot import IMAGE_OFFSET, Image, check, image, image_sha256, pieces
from qsota_tools.proof.lab.nor_flash import NorFlash
from util import pattern

HEADER = b"H" * IMAGE_OFFSET


def slot(blocks=4, **options):
    flash = NorFlash(blocks, **options)
    return flash, Area(flash, flash.size, flash.erase_size, flash.program_size)


def filled(data):
    flash, area = slot()
    flash.content[: IMAGE_OFFSET + len(data)] = HEADER + data
    return flash, area


class Mapped(bytearray):
    def ioctl(self, op, arg):
        return {1: 0, 4: len(self) // 4096, 5: 4096}[op]


# Reading back


def test_the_hash_is_that_of_the_image_in_flash():
    data = pattern(5000)
    _, area = filled(data)
    for size in (1, 4999, 5000):
        assert image_sha256(area, size, bytearray(777)) == sha256(data[:size]).digest()


def test_the_watchdog_is_fed_between_the_pieces():
    _, area = filled(pattern(5000))
    fed = []
    image_sha256(area, 5000, bytearray(1024), lambda: fed.append(1))
    assert len(fed) == 5


def test_check_accepts_the_described_image_only():
    data = pattern(5000)
    flash, area = filled(data)
    state = SlotState(size=5000, sha256=sha256(data).digest())
    assert check(area, state, bytearray(1024))
    flash.content[IMAGE_OFFSET + 4999] ^= 1
    assert not check(area, state, bytearray(1024))


def test_check_refuses_a_size_out_of_range():
    flash, area = slot()
    for size in (0, flash.size - IMAGE_OFFSET + 1, 0xFFFFFFFF):
        state = SlotState(size=size, sha256=sha256(b"").digest())
        assert not check(area, state, bytearray(1024))
    state.size = flash.size - IMAGE_OFFSET
    state.sha256 = sha256(b"\xff" * state.size).digest()
    assert check(area, state, bytearray(1024))


def test_an_image_reads_from_behind_the_header():
    data = pattern(100)
    _, area = filled(data)
    source = image(area, 100)
    assert isinstance(source, Image) and source.size == 100
    buf = bytearray(4)
    source.read(50, buf)
    assert buf == data[50:54]


def test_flash_is_read_piece_by_piece():
    _, area = filled(pattern(5000))
    read = bytearray()
    for piece in pieces(area, IMAGE_OFFSET + 10, 2000, bytearray(300)):
        assert len(piece) <= 300
        read.extend(piece)
    assert read == pattern(5000)[10:2010]


def test_a_mapped_image_is_hashed_in_place():
    data = pattern(2500)
    device = Mapped(HEADER + data + b"\xff" * (4096 - IMAGE_OFFSET - 2500))
    area, fed = Area(device, 4096, 4096, 256), []
    device.readblocks = None
    assert (
        image_sha256(area, 2500, bytearray(1000), lambda: fed.append(1)) == sha256(data).digest()
    )
    assert len(fed) == 3


def test_a_mapped_image_is_a_view():
    device = Mapped(HEADER + pattern(100) + b"\xff" * (4096 - IMAGE_OFFSET - 100))
    view = image(Area(device, 4096, 4096, 256), 100)
    assert bytes(view) == pattern(100)
    device[IMAGE_OFFSET] = 0xAA
    assert view[0] == 0xAA
