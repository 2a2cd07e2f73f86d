"""How the module answers: echo, result codes as words or numbers, errors with or without cause.

V.250 settings, which live in RAM; AT&W keeps them as the profile that each start begins with.
"""

from qsota_tools.module.syntax import Refused

_NAMES = ("echo", "verbose", "quiet", "cmee")
_LETTERS = {"E": "echo", "V": "verbose", "Q": "quiet"}
_NUMBERS = {"OK": 0, "ERROR": 4}
_CME = "+CME ERROR: "
_CME_TEXTS = {"10": "SIM not inserted"}


class Modes:
    def __init__(self, options):
        """The profile as delivered is what the options say."""
        self._profile = {name: getattr(options, name) for name in _NAMES}
        self.restart()

    def restart(self):
        """Begin with the stored profile (power-up, ATZ)."""
        for name in _NAMES:
            setattr(self, name, self._profile[name])

    def basic(self, text):
        """Commands such as E0V1 or &W, several in a line; Refused for any other."""
        for name, value in _split(text):
            if name == "&W":
                self._profile = {key: getattr(self, key) for key in _NAMES}
            elif name == "Z":
                self.restart()
            elif name == "&F":
                self.echo, self.verbose, self.quiet, self.cmee = True, True, False, 1
            else:
                setattr(self, _LETTERS[name], value)

    def response(self, lines, final):
        """(bytes, transcript) of an answer with its final result code."""
        final = self._final(final)
        return self._frame(lines, final), "\n".join(lines + [""] * bool(lines) + [final])

    def final(self, text):
        """The bytes of a final result code alone."""
        return self._frame([], self._final(text))

    def _final(self, text):
        if self.quiet:
            return ""
        if text.startswith(_CME):
            if not self.cmee:
                text = "ERROR"
            elif self.cmee == 2:
                return _CME + _CME_TEXTS.get(text[len(_CME) :], "unknown error")
        return text if self.verbose else str(_NUMBERS.get(text, text))

    def _frame(self, lines, final):
        if self.verbose:
            return "".join(
                ["\r\n%s\r\n" % line for line in lines + [final] * bool(final)]
            ).encode()
        text = "".join([line + "\r\n" for line in lines])
        return (text + final + "\r" * bool(final)).encode()


def _split(text):
    """(letter with &, its number) of each basic command of a line."""
    at, parts = 0, []
    while at < len(text):
        end = at + (2 if text[at] == "&" else 1)
        name, digits = text[at:end], ""
        while text[end : end + 1].isdigit():
            digits += text[end]
            end += 1
        if name not in ("&W", "&F", "Z") and (
            name not in _LETTERS or digits not in ("", "0", "1")
        ):
            raise Refused()
        parts.append((name, digits == "1"))
        at = end
    return parts
