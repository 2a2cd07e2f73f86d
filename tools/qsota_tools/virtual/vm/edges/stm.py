# The one register that the firmware's host tools write to: the independent watchdog's key.
IWDG = 0x40003000
