# The registers that the firmware and its host tools use: the independent watchdog's key, and one
# that outlives resets.
from machine import mem32  # noqa: F401

IWDG = 0x40003000
RTC = 0x40002800
RTC_BKP19R = 0x9C
