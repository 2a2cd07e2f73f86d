"""The virtual board: the real firmware on MicroPython's unix VM."""
