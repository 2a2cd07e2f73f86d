"""The simulated Quectel module."""
