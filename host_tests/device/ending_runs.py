"""Upgrades up to a certain end."""

MINUTE = 60000
HOUR = 60 * MINUTE
