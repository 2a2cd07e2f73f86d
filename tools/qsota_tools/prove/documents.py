"""What `make evidence` writes: the tables of documents, from the files in docs/evidence."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from qsota_tools.prove import claims_table, cuts_table

BEGIN, END = "<!-- made by `make evidence` -->\n", "<!-- end -->\n"
TABLES: dict[str, Callable[[Iterable[tuple[str, dict]]], str]] = {
    "evidence.md": claims_table.table,
    "emulated.md": cuts_table.table,
}


def read(folder: Path) -> list[tuple[str, dict]]:
    """The files of evidence in a folder."""
    files = sorted(path for path in folder.glob("*.json") if not path.name.endswith("schema.json"))
    return [(path.name, json.loads(path.read_text())) for path in files]


def renewed(name: str, docs: Path) -> str:
    """One of the documents in that folder, with the table of its files of evidence."""
    before, _, rest = (docs / name).read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + TABLES[name](read(docs / "evidence")) + "\n" + END + after


def main() -> None:
    """In the root of the tree."""
    docs = Path("docs")
    for name in TABLES:
        (docs / name).write_text(renewed(name, docs))


if __name__ == "__main__":
    main()
