"""A Cortex-M4 or M7: unicorn executes its instructions, here are its clock, interrupts and buses.

Knows no chip.
"""
