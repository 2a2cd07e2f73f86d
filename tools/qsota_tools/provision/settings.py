"""The product's settings, as they are typed and as they go into the data area."""

import json
from pathlib import Path

from qsota_tools.common import files
from qsota_tools.common.errors import UserError

_PRODUCT_MAX = 32  # characters of PK and PS; the module says OK to more, and does not save them
_NAMES = {"pk": "product key", "ps": "product secret"}


def read_settings(path: Path | None) -> dict | None:
    """The product's settings in a JSON file; UserError if they are no object."""
    if path is None:
        return None
    try:
        settings = json.loads(files.read(path))
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
    if not isinstance(settings, dict):
        raise UserError(f"{path}: must hold a JSON object")
    check(settings, f"{path}: ")
    return settings


def with_product(settings: dict | None, pk: str | None, ps: str | None) -> dict | None:
    """The settings, and in them the product as it was typed; UserError."""
    if (pk is None) != (ps is None):
        raise UserError("--pk and --ps belong together")
    if pk is None:
        return settings or None
    check({"pk": pk, "ps": ps}, "--")
    return {**(settings or {}), "pk": pk, "ps": ps}


def check(settings: dict, prefix: str) -> None:
    """UserError unless the module can be told the product in these settings."""
    if ("pk" in settings) != ("ps" in settings):
        raise UserError(f"{prefix}pk and ps belong together")
    for key, name in _NAMES.items():
        if key in settings:
            _check_word(settings[key], f"{prefix}{key}: the {name}")


def _check_word(value: object, what: str) -> None:
    if not isinstance(value, str) or not 1 <= len(value) <= _PRODUCT_MAX:
        raise UserError(f"{what} must be a text of 1 to {_PRODUCT_MAX} characters")
    bad = next((c for c in value if not "!" <= c <= "~" or c in '"\\'), None)
    if bad:
        raise UserError(f"{what} cannot have {bad!r}: an AT command does not carry it")
