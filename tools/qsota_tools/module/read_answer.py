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


def response(block, options, final=b"\r\nOK\r\n"):
    """Header, data, trailer and final result code as one contiguous write."""
    trailer = b"\n" if options.trailer_lf else _EOL
    # The last pair of the trailer is the one with which the result code begins.
    return b"".join(
        (
            _EOL if options.leading_crlf else b"",
            _header(block).encode(),
            _EOL * 2 if options.blank_line else _EOL,
            encode(block.data, options.payload),
            trailer * options.trailer,
            final[2:] if final.startswith(_EOL) else final,
        )
    )


def transcript(block):
    """The same for a reader: the first four words stand for the data."""
    shown = words(block.data[:16])
    more = ["..."] if len(block.data) > 16 else []
    return "\n".join([_header(block), ""] + shown + more + ["", "OK"])


def _header(block):
    return "+QIOTOTARD: %d,%d" % (block.start, len(block.data))
