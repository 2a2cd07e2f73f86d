"""What every room may use: errors, paths, ports, progress."""
