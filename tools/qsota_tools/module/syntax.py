"""Command lines taken apart as strictly as the module does it."""


class Refused(Exception):
    """The command is answered with this final result code (default ERROR)."""


def parse(line):
    """(name, form, arguments) of a line behind its AT; form is "", "?", "=?" or "="."""
    if line.endswith("=?"):
        return line[:-2].upper(), "=?", []
    name, equals, rest = line.partition("=")
    if equals:
        return name.upper(), "=", split(rest)
    if line.endswith("?"):
        return line[:-1].upper(), "?", []
    return line.upper(), "", []


def split(text):
    """The arguments: int, str (was in quotes), or None for anything else (B7, B8)."""
    args = []
    while text is not None:
        value, text = _first(text)
        args.append(value)
    return args


def take(args, *kinds):
    """args, if there is exactly one of each kind; else Refused."""
    if len(args) != len(kinds) or any(type(a) is not k for a, k in zip(args, kinds)):
        raise Refused()
    return args


def _first(text):
    end = _closing_quote(text) if text.startswith('"') else -1
    if end > 0:
        value, rest = text[1:end], text[end + 1 :]
    else:
        token = text.partition(",")[0]
        value, rest = _uint(token), text[len(token) :]
    return value, rest[1:] if rest else None


def _closing_quote(text):
    # A quote ends the string only before a comma or the end: there are no escapes.
    end = text.find('"', 1)
    while end > 0 and text[end + 1 : end + 2] not in ("", ","):
        end = text.find('"', end + 1)
    return end


def _uint(token):
    if token.isdigit() and (token == "0" or token[0] != "0"):
        return int(token)
    return None
