# Names of components and versions, as the cloud takes them.
from micropython import const

COMPONENT_MAX = const(32)
VERSION_MAX = const(64)
_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."


def valid_name(text, limit):
    """True for 1..limit characters that the cloud takes in a component or version name."""
    return 0 < len(text) <= limit and all(c in _CHARS for c in text)


def are_names(components):
    """Whether the cloud's plans can have all of these names."""
    return all(valid_name(name, COMPONENT_MAX) for name in components)
