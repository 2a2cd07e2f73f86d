"""The addresses of the emulated RP2040."""


def replace(rp2040, old, new) -> None:
    """Put a peripheral of ours where one of rp2040py's is."""
    place = next(at for at, found in rp2040.peripherals.items() if found is old)
    rp2040.peripherals[place] = new
