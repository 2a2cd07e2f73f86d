"""STM32 chips with what is soldered to them, for unmodified MicroPython images."""
