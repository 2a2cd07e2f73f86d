"""The module's table of MCU component versions (AT+QIOTMCUVER)."""

NAME_MAX = 32
VERSION_MAX = 64
_TABLE_MAX = 511  # characters of "name:version;name:version"


def valid(name, version):
    """True if the module takes this pair; an empty version deletes the entry.

    Its separators are taken, too, and do harm (D6).
    """
    return 1 <= len(name) <= NAME_MAX and len(version) <= VERSION_MAX


class Versions:
    def __init__(self):
        self._text = ""  # "name:version;name:version"

    def items(self):
        """(name, version) pairs, the one set last at the end."""
        pairs = [entry.partition(":") for entry in self._text.split(";") if entry]
        return [(name, version.partition(":")[0]) for name, _, version in pairs]

    def get(self, name):
        """The version, or None."""
        for key, version in self.items():
            if key == name:
                return version
        return None

    def set(self, name, version):
        """Add, replace or delete; False if the table is full, and then the old entry is gone."""
        entries = [entry for entry in self._text.split(";") if entry]
        entries = [entry for entry in entries if entry.partition(":")[0] != name]
        self._text = ";".join(entries)
        if not version:
            return True
        text = ";".join(entries + [name + ":" + version])
        if len(text) > _TABLE_MAX:
            return False
        self._text = text
        return True
