"""Fleets: the real updater of many devices in virtual time, against one Developer Center."""
