"""One file for each subcommand of `qsota`: its arguments, and what it prints."""
