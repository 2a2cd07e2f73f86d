"""Upgrades over a faulty link, in virtual time: `python -m qsota_tools.linkcampaign`.

Only campaign.py needs CPython; the rest runs on MicroPython as well.
"""
