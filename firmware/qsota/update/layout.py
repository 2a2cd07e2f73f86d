# The numbers of a package (docs/package-format.md) that outlive the check of its header.
from micropython import const

HEADER_SIZE = const(768)

PLAIN = const(0)
DEFLATE = const(1)
DELTA = const(2)
RECALL = const(3)  # no payload: the image that the spare slot still holds
