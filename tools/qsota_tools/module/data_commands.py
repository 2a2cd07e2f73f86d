"""Data of the application to the cloud or to a socket: behind a prompt, or in quotes."""

from qsota_tools.module.syntax import Refused, take

_LENGTH_MAX = 1024
_SOCKET_MAX = 1460


class Prompt:
    """The answer is a prompt; done(data) -> (lines, final) once `wanted` bytes have come."""

    def __init__(self, wanted, done):
        self.wanted = wanted
        self.done = done


def _check(ok):
    if not ok:
        raise Refused()


def _send(module, args):
    """AT+QIOTSEND=<qos>,<length>[,<data>]"""
    qos, length = take(args[:2], int, int)
    _check(module.link.online and qos <= 2 and 1 <= length <= _LENGTH_MAX)

    def done(data):
        module.sent.append(data)
        final = module.options.send_final or "OK"
        if qos and final in ("OK", "SEND OK"):
            module.after_response(module.event, "4,10200")
        return [], final

    if len(args) == 2:
        return Prompt(length, done)
    (text,) = take(args[2:], str)
    _check(len(text) == length)
    done(text.encode())
    return []


def _socket_send(module, args):
    """AT+QISEND=<id>[,<length>], of the module's TCP/IP stack"""
    length = args[1] if len(args) == 2 else 0
    take(args, *[int] * max(1, len(args)))
    _check(len(args) <= 2 and length <= _SOCKET_MAX)

    def done(data):
        if data is None:  # ESC
            return [], "OK"
        module.sent.append(data)
        return [], module.options.send_final or "SEND OK"

    return Prompt(length, done)


COMMANDS = {
    ("+QIOTSEND", "=?"): lambda module, args: ["+QIOTSEND: (0-2),(1-%d),<data>" % _LENGTH_MAX],
    ("+QIOTSEND", "="): _send,
    ("+QISEND", "="): _socket_send,
}
