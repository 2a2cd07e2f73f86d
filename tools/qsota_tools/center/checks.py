"""Fields of a form, checked one by one; all that is wrong is told at once."""

from qsota_tools.center.complaints import BadInput, Complaint

NAME_MAX = 100
VERSION_MAX = 64
_WORD = "letters, digits, _ - ."
_REQUIRED = object()
LIST = (list, tuple, set, frozenset)


class Form:
    """Takes values out of a dict of fields. done() raises BadInput for everything found."""

    def __init__(self, fields, prefix=""):
        self._left = dict(fields)
        self._prefix = prefix
        self.complaints = []

    def wrong(self, field, code, **facts):
        self.complaints.append(Complaint(self._prefix + field, code, **facts))

    def done(self):
        for field in self._left:
            self.wrong(field, "unknown-field")
        if self.complaints:
            raise BadInput(*self.complaints)

    def __contains__(self, field):
        return field in self._left

    def drop(self, field):
        """Take a field without a look at it."""
        del self._left[field]

    def take(self, field, kind, default=_REQUIRED, null=False):
        """The raw value if it is of that type; None after a complaint, or if null allows it."""
        value = self._left.pop(field, default)
        if value is _REQUIRED:
            self.wrong(field, "required")
            return None
        if value is None and (null or default is None):
            return None
        if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
            self.wrong(field, "wrong-type", wanted=_TYPES[kind])
            return None
        return value

    def text(self, field, limit=NAME_MAX, default=_REQUIRED):
        """A text of one line; "" only if that is the default."""
        value = self.take(field, str, default)
        if value is None:
            return None
        value = value.strip()
        if not value and default is _REQUIRED:
            self.wrong(field, "required")
        elif len(value) > limit:
            self.wrong(field, "too-long", limit=limit)
        elif any(ord(char) < 32 or 127 <= ord(char) < 160 for char in value):
            self.wrong(field, "control-character")
        elif any(0xD800 <= ord(char) < 0xE000 for char in value):
            self.wrong(field, "control-character")
        else:
            return value
        return None

    def word(self, field, limit, default=_REQUIRED):
        """Letters, digits, _ - and . as in versions, component identifiers and keys (T33)."""
        value = self.text(field, limit, default)
        if value and not is_word(value):
            self.wrong(field, "charset", allowed=_WORD)
            return None
        return value

    def choice(self, field, choices, default=_REQUIRED):
        value = self._left.pop(field, default)
        if value is _REQUIRED:
            self.wrong(field, "required")
        elif value not in choices:
            self.wrong(field, "not-one-of", choices=", ".join([str(c) for c in choices]))
        else:
            return value
        return None

    def number(self, field, low, high, default=_REQUIRED):
        value = self.take(field, int, default)
        if value is not None and not low <= value <= high:
            self.wrong(field, "out-of-range", low=low, high=high)
            return None
        return value

    def flag(self, field, default=_REQUIRED):
        return self.take(field, bool, default)

    def words(self, field, limit, default=None):
        """A list of words, or None; in the order given, each once."""
        values = self.take(field, LIST, default, null=True)
        if values is None:
            return None
        for value in values:
            if not isinstance(value, str) or not is_word(value) or len(value) > limit:
                self.wrong(field, "charset", allowed=_WORD)
                return None
        return list(dict.fromkeys(values))


_TYPES = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a group of fields",
    LIST: "a list",
    (str,) + LIST: "a list",
}


def is_word(text):
    return bool(text) and all(char in _WORD_CHARS for char in text)


_WORD_CHARS = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


def unique(form, field, value, others):
    """Complain if another object, by its name, has it already."""
    if value is not None and any(other.name == value for other in others):
        form.wrong(field, "duplicate", value=value)


def found(form, field, key, table):
    """The object of that key, or None after a complaint."""
    if key is None:
        return None
    if key not in table:
        form.wrong(field, "unknown", value=key)
        return None
    return table[key]
