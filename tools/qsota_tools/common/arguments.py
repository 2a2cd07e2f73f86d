"""Types for argparse that more than one command has."""

import argparse
import math
from collections.abc import Callable


def at_least(low: int, most: int | None = None) -> Callable[[str], int]:
    """A whole number from low on, or to most."""

    def number(text: str) -> int:
        given = int(text) if text.isascii() and text.isdecimal() else low - 1
        if given < low or most is not None and given > most:
            told = f"from {low}" if most is None else f"from {low} to {most}"
            raise argparse.ArgumentTypeError(f"must be a whole number {told}, not {text}")
        return given

    return number


def add_crew(parser: argparse.ArgumentParser) -> None:
    """See workers.Crew."""
    crew = parser.add_mutually_exclusive_group()
    crew.add_argument("--jobs", type=at_least(1), help="processes (default: one for each core)")
    crew.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="of a Dask cluster that does the work instead, for example tcp://HOST:8786",
    )


def seconds(text: str) -> float:
    """A time that passes: above 0, and not for ever."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, not {text}")
    return value
