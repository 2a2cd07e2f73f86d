# MD5 (RFC 1321) for firmware whose hashlib has none, such as STM32 builds without network.
import struct

# fmt: off
_SINES = (
    0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A,
    0xA8304613, 0xFD469501, 0x698098D8, 0x8B44F7AF, 0xFFFF5BB1, 0x895CD7BE,
    0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821, 0xF61E2562, 0xC040B340,
    0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453, 0xD8A1E681, 0xE7D3FBC8,
    0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8,
    0x676F02D9, 0x8D2A4C8A, 0xFFFA3942, 0x8771F681, 0x6D9D6122, 0xFDE5380C,
    0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70, 0x289B7EC6, 0xEAA127FA,
    0xD4EF3085, 0x04881D05, 0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665,
    0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92,
    0xFFEFF47D, 0x85845DD1, 0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1,
    0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391,
)
_SHIFTS = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
# fmt: on


class MD5:
    """Like hashlib.md5(): update() any number of times, then digest() once."""

    def __init__(self):
        self._state = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
        self._block = bytearray(64)
        self._length = 0

    def update(self, data):
        data = memoryview(data)
        start = 0
        while start < len(data):
            fill = self._length % 64
            n = min(64 - fill, len(data) - start)
            self._block[fill : fill + n] = data[start : start + n]
            self._length += n
            start += n
            if fill + n == 64:
                self._state = _step(self._state, struct.unpack("<16I", self._block))

    def digest(self):
        """The 16 bytes; final, as on MicroPython."""
        bits = self._length * 8
        self.update(b"\x80" + bytes((55 - self._length) % 64))
        self.update(struct.pack("<II", bits & 0xFFFFFFFF, bits >> 32))
        return struct.pack("<4I", *self._state)


def _step(state, words):
    a, b, c, d = state
    for i in range(64):
        turn = i // 16
        if turn == 0:
            mix, word = d ^ (b & (c ^ d)), i
        elif turn == 1:
            mix, word = c ^ (d & (b ^ c)), (5 * i + 1) % 16
        elif turn == 2:
            mix, word = b ^ c ^ d, (3 * i + 5) % 16
        else:
            mix, word = c ^ (b | ~d & 0xFFFFFFFF), 7 * i % 16
        total = (a + mix + _SINES[i] + words[word]) & 0xFFFFFFFF
        shift = _SHIFTS[turn][i % 4]
        turned = (total << shift | total >> (32 - shift)) & 0xFFFFFFFF
        a, d, c, b = d, c, b, (b + turned) & 0xFFFFFFFF
    return tuple((old + new) & 0xFFFFFFFF for old, new in zip(state, (a, b, c, d)))
