"""What goes wrong because of the input, not because of the program."""


class UserError(Exception):
    """Its text says what to change; the command line shows it without a traceback."""
