"""Evidence from a board on a bench: one command, one file that says what was shown and on what."""
