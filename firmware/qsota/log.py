# The last messages, kept in RAM for a host or the application to read after a failure; and the one
# way to call what the application brought, whose failures are such messages.
from asyncio import CancelledError, current_task

from micropython import const

_DEPTH = const(32)
_WIDTH = const(160)

_ANY = (Exception, CancelledError)  # made here: there may be no memory for a tuple later

_lines = [None] * _DEPTH
_next = 0
_telling = False
asked = None  # the task in which a coroutine of the application's is awaited

# Called with each message as well; an application may set it to its own sink, or to None.
sink = print


def write(text):
    """Keep text (cut at 160 characters); the oldest of 32 messages goes."""
    global _next, _telling
    text = text[:_WIDTH]
    _lines[_next] = text
    _next = (_next + 1) % _DEPTH
    if sink and not _telling:
        _telling = True  # a sink that writes messages itself is not told of them
        try:
            call("", sink, text)
        finally:
            _telling = False


def call(what, fn, *args):
    """fn(*args), or None if that raises; the message says what failed ("": no message).

    Foreign callables are called here and in ask() only, so that none of them can end a task.
    """
    try:
        return fn(*args)
    except _ANY as error:
        _failed(what, error)


async def ask(what, fn, *args):
    """As call(), for a plain function or a coroutine function; in a task of its own, since the
    end of that is such a failure, too (a cancelled task that the application waits for is one).
    """
    global asked
    try:
        result = fn(*args)
        if hasattr(result, "send"):
            asked = current_task()
            result = await result
        return result
    except _ANY as error:
        _failed(what, error)
    finally:
        asked = None


def _failed(what, error):
    try:
        if what:
            write(what + ": " + repr(error))
    except Exception:
        pass  # no memory for the message, or the error's own repr() raises


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
