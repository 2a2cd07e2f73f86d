"""The log, read back: what happened in a plan, or to a device."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Engine, Select, select

from qsota_tools.center.store.schema import log


def entries(
    engine: Engine,
    plan: int | None = None,
    product: str | None = None,
    device: str | None = None,
    after: int = 0,
    limit: int = 1000,
) -> list[dict[str, Any]]:
    """At most `limit` rows with ids behind `after`, the oldest first."""
    which = {log.c.plan: plan, log.c.product: product, log.c.device: device}
    query = select(log).where(log.c.id > after).order_by(log.c.id).limit(limit)
    return _found(engine, query, which)


def latest(engine: Engine, product: str, device: str, limit: int) -> list[dict[str, Any]]:
    """The last `limit` rows of a device, the oldest of them first."""
    which = {log.c.product: product, log.c.device: device}
    query = select(log).order_by(log.c.id.desc()).limit(limit)
    return _found(engine, query, which)[::-1]


def _found(engine: Engine, query: Select, which: dict[Column, Any]) -> list[dict[str, Any]]:
    for column, value in which.items():
        if value is not None:
            query = query.where(column == value)
    with engine.connect() as connection:
        found = [dict(row) for row in connection.execute(query).mappings()]
        connection.rollback()
    return found


def all_entries(engine: Engine, **which: Any) -> Iterator[dict[str, Any]]:
    """The same without a limit, page by page."""
    after = 0
    while page := entries(engine, after=after, **which):
        yield from page
        after = page[-1]["id"]
