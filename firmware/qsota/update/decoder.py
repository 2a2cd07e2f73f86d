# A compressed payload becomes the image in the slot.
from qsota.errors import PackageError
from qsota.update.inflate import Inflater
from qsota.update.layout import HEADER_SIZE


class Decoder:
    """Takes the payload of a package in pieces, and writes its image step by step.

    writer: of the slot, behind the header; base: the running image, for a delta; feed() is called
    between the pieces.
    """

    def __init__(self, header, writer, base, feed):
        self._writer = writer
        self._feed = feed
        self._end = HEADER_SIZE + header.image_size
        sink = self._put
        if base:
            from qsota.update.delta import Patch

            sink = Patch(base, sink).write
        self._inflater = Inflater(header.window_bits, sink)
        self.write = self._inflater.write

    def _put(self, data):
        # A small payload may unpack to anything; what counts is the size in the header.
        if self._writer.position + len(data) > self._end:
            raise PackageError("bad-payload")
        self._writer.write(data)
        # One chunk may unpack to more than the watchdog's time of erasing and programming.
        self._feed()

    def finish(self):
        """Every byte of the payload came; PackageError if it does not end there."""
        yield from self._inflater.finish()
        self._writer.flush()
