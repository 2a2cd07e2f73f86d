"""Makes all pictures of the documents, or says which are not up to date: `make pictures`."""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("demo", "flash_map", "phases", "upgrade", "wires")


def drawn(name: str) -> str:
    """The SVG of a picture."""
    sys.path.insert(0, str(HERE))
    try:
        return str(importlib.import_module(name).picture())
    finally:
        sys.path.remove(str(HERE))


def main() -> None:
    for name in NAMES:
        (HERE / f"{name}.svg").write_text(drawn(name))
        print(f"docs/pictures/{name}.svg")


if __name__ == "__main__":
    main()
