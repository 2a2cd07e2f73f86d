"""Power cuts in every flash operation, in virtual time."""
