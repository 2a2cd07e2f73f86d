"""What the library may take, from the one file that says so."""

import tomllib
from pathlib import Path

FILE = Path(__file__).with_name("budgets.toml")


def of(where: str) -> dict[str, int]:
    """The budgets for that place: name of a figure to the most that it may be."""
    return tomllib.loads(FILE.read_text())[where]


def broken(where: str, found: dict) -> list[str]:
    """A line for each figure that is larger than its budget."""
    return [
        f"{name} {found[name]} (budget {most})"
        for name, most in of(where).items()
        if name in found and found[name] > most
    ]
