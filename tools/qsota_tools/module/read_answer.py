"""The answer to AT+QIOTOTARD, byte by byte, in each of the forms seen in the field."""

import binascii
from collections import namedtuple

FORMS = ("raw", "hex", "hexwords")

_EOL = b"\r\n"

Block = namedtuple("Block", ("start", "data"))


def words(data):
    """Little-endian 32-bit words as text, the last one as short as the data."""
    return [
        binascii.hexlify(bytes(reversed(data[at : at + 4]))).decode()
        for at in range(0, len(data), 4)
    ]


def encode(data, form):
    """The data bytes as they go over the wire."""
    if form == "raw":
        return data
    if form == "hex":
        return binascii.hexlify(data)
    return _EOL.join([word.encode() for word in words(data)])


def response(block, options):
    """Header, data, trailer and OK as one contiguous write."""
    return b"".join(
        (
            _EOL if options.leading_crlf else b"",
            _header(block).encode(),
            _EOL * 2 if options.blank_line else _EOL,
            encode(block.data, options.payload),
            _EOL * options.trailer,
            b"OK\r\n",
        )
    )


def transcript(block):
    """The same for a reader: the first four words stand for the data."""
    shown = words(block.data[:16])
    more = ["..."] if len(block.data) > 16 else []
    return "\n".join([_header(block), ""] + shown + more + ["", "OK"])


def _header(block):
    return "+QIOTOTARD: %d,%d" % (block.start, len(block.data))
