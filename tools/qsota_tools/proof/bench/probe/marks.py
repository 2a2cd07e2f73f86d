import time

MARKS.append(time.ticks_us())  # noqa: F821  boot.py has made it, in builtins
print("MARKS", *MARKS)  # noqa: F821
