# Where the answer to an AT command ends. The host imports this, and sends it to boards.


def ended(data):
    """Whether these bytes end with a final result code, as a word or (ATV0) as a number, or with
    the prompt for data."""
    line = data.rstrip(b"\r\n")
    if line == data:
        return data.endswith(b"\n> ")
    line = line[max(line.rfind(b"\n"), line.rfind(b"\r")) + 1 :]
    if data.endswith(b"\n"):
        return line in (b"OK", b"ERROR") or line[:10] in (b"+CME ERROR", b"+CMS ERROR")
    return line in (b"0", b"4")
