"""Upgrades under an application and a module that do what they like: `qsota campaign --hostile`.

Only hostile_campaign.py, memory_runs.py and instrument.py need CPython; the rest runs on
MicroPython as well, vm_memory.py only there.
"""
