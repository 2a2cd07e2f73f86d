"""What may be wrong between a board and its upgrades, asked one thing after the other."""
