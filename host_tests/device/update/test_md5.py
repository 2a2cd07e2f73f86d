import hashlib

from qsota.update.md5 import MD5

# RFC 1321, appendix A.5.
_SUITE = (
    (b"", "d41d8cd98f00b204e9800998ecf8427e"),
    (b"a", "0cc175b9c0f1b6a831c399e269772661"),
    (b"abc", "900150983cd24fb0d6963f7d28e17f72"),
    (b"message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    (b"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
    (b"1234567890" * 8, "57edf4a22be3c955ac49da2e2107b67a"),
)
_DATA = bytes(i * 7 & 0xFF for i in range(400))


def md5(*pieces):
    hasher = MD5()
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()


def test_the_vectors_of_the_rfc():
    for data, expected in _SUITE:
        assert md5(data).hex() == expected


def test_every_length_around_the_block_size_agrees_with_hashlib():
    for n in range(200):
        assert md5(_DATA[:n]) == hashlib.md5(_DATA[:n]).digest()


def test_the_slicing_does_not_matter():
    expected = hashlib.md5(_DATA).digest()
    for n in (1, 3, 55, 63, 64, 65, 128, 399):
        assert md5(*(_DATA[i : i + n] for i in range(0, len(_DATA), n))) == expected


def test_a_memoryview_is_taken_and_left_alone():
    data = bytearray(_DATA)
    assert md5(memoryview(data)[10:300]) == hashlib.md5(_DATA[10:300]).digest()
    assert data == _DATA


def test_a_bit_count_beyond_32_bits_is_kept():
    # 512 MB would take minutes to hash; the length that the padding carries is set instead.
    far, near = MD5(), MD5()
    far._length = 1 << 29
    assert far.digest() != near.digest()
