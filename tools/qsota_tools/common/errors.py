"""What goes wrong because of the input, not because of the program."""


class UserError(Exception):
    """Its text says what to change; the command line shows it without a traceback."""


def needs_posix(what: str) -> UserError:
    """What cannot be on this system."""
    return UserError(f"{what} needs Linux or macOS (or WSL on Windows)")
