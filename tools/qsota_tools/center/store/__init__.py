"""Where the Developer Center's state is kept: a database, and package files on disk."""
