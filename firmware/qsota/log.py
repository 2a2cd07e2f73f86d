# The last messages, kept in RAM for a host or the application to read after a failure.
from micropython import const

_DEPTH = const(32)
_WIDTH = const(160)

_lines = [None] * _DEPTH
_next = 0

# Called with each message as well; an application may set it to its own sink, or to None.
sink = print


def write(text):
    """Keep text (cut at 160 characters); the oldest of 32 messages goes."""
    global _next
    text = text[:_WIDTH]
    _lines[_next] = text
    _next = (_next + 1) % _DEPTH
    if sink:
        sink(text)


def lines():
    """The kept messages, oldest first."""
    ordered = _lines[_next:] + _lines[:_next]
    return [line for line in ordered if line is not None]


def clear():
    """Forget every message."""
    global _next
    _next = 0
    for i in range(_DEPTH):
        _lines[i] = None
