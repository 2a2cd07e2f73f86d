"""The log, read back: what happened in a plan, or to a device."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, select

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
    query = select(log).where(log.c.id > after).order_by(log.c.id).limit(limit)
    for column, value in ((log.c.plan, plan), (log.c.product, product), (log.c.device, device)):
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
