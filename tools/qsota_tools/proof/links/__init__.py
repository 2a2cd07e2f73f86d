"""Upgrades over a faulty link, in virtual time: `qsota campaign --links`.

Only cases.py needs CPython; the rest runs on MicroPython as well.
"""
