"""The module's table of MCU component versions (AT+QIOTMCUVER)."""

NAME_MAX = 32
VERSION_MAX = 64
_TABLE_MAX = 511  # characters of "name:version;name:version"


def valid(name, version):
    """True if the module takes this pair; an empty version deletes the entry."""
    text = name + version
    fits = 1 <= len(name) <= NAME_MAX and len(version) <= VERSION_MAX
    return fits and ":" not in text and ";" not in text


class Versions:
    def __init__(self):
        self._entries = []

    def items(self):
        """(name, version) pairs, the one set last at the end."""
        return list(self._entries)

    def get(self, name):
        """The version, or None."""
        for key, version in self._entries:
            if key == name:
                return version
        return None

    def set(self, name, version):
        """Add, replace or delete; False if the table is full, and then the old entry is gone."""
        self._entries = [entry for entry in self._entries if entry[0] != name]
        if not version:
            return True
        entries = self._entries + [(name, version)]
        if len(";".join([key + ":" + value for key, value in entries])) > _TABLE_MAX:
            return False
        self._entries = entries
        return True
