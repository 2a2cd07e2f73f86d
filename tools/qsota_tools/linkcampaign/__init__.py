"""Upgrades over a faulty link, in virtual time: `qsota campaign --links`.

Only campaign.py needs CPython; the rest runs on MicroPython as well.
"""
