"""All objects of a Center, and what happened to them: loaded at the start, saved with each
operation in one transaction."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from qsota_tools.center.component_forms import component_of
from qsota_tools.center.core import Center
from qsota_tools.center.plan import Component
from qsota_tools.center.restart import restore
from qsota_tools.center.store import rows, schema
from qsota_tools.center.store.database import claim, connect
from qsota_tools.common.errors import UserError
from qsota_tools.common.locks import Lock


class Store:
    """url: sqlite:///FILE or postgresql://... Held until close(); UserError if another has it."""

    def __init__(self, url: str):
        self.engine = connect(url)
        try:
            self._lock = _lock_beside(self.engine.url.database) if self._sqlite else None
            self._claim = claim(self.engine)
        except UserError:
            self.engine.dispose()
            raise
        dialect = sqlite if self._sqlite else postgresql
        self._upserts = {table: _upsert(dialect, table) for _, table, _ in rows.TABLES}

    @property
    def _sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        self._claim.close()
        self.engine.dispose()
        if self._lock:
            self._lock.release()

    # Saving

    def save(self, center: Center, log_rows: Iterable[dict[str, Any]] = ()) -> None:
        """Write what the Center was told to have changed, and rows of the log, or nothing."""
        log_rows = list(log_rows)
        if not (center.changed or center.removed or log_rows):
            return
        with self.engine.begin() as connection:
            changed = list(center.changed.values())
            for kind, table, make in rows.TABLES:
                found = [row for thing in changed if type(thing) is kind for row in make(thing)]
                if found:
                    connection.execute(self._upserts[table], found)
            for thing in center.removed:
                self._delete(connection, thing)
            if log_rows:
                connection.execute(insert(schema.log), log_rows)
        center.changed.clear()
        center.removed.clear()

    def _delete(self, connection: Connection, thing: object) -> None:
        for kind, table, make in rows.TABLES:
            if type(thing) is kind:
                for row in make(thing):
                    keys = [column == row[column.name] for column in table.primary_key]
                    connection.execute(delete(table).where(*keys))

    # Loading

    def load(self, center: Center) -> None:
        """Fill an empty Center."""
        with self.engine.connect() as connection:
            for row in connection.execute(select(schema.settings)):
                rows.setting(center, row)
            for row in connection.execute(select(schema.products)):
                center.products[row.key] = rows.product(row)
            for row in connection.execute(select(schema.devices)):
                center.products[row.product].devices[row.key] = rows.device(row)
            for row in connection.execute(select(schema.modules)):
                center.modules[row.imei] = rows.module(row)
            for row in connection.execute(select(schema.packages)):
                center.packages[row.id] = rows.package(row)
            self._load_plans(connection, center)
            connection.rollback()
        restore(center)

    def _load_plans(self, connection: Connection, center: Center) -> None:
        def component(fields: dict[str, Any]) -> Component:
            package = center.packages[fields["package"]]
            rest = fields["versions"], fields["upgrade"]
            return component_of(fields["identifier"], package, *rest)

        for row in connection.execute(select(schema.plans).order_by(schema.plans.c.id)):
            center.plans[row.id] = rows.plan(row, component)
        for row in connection.execute(select(schema.tasks)):
            plan = center.plans[row.plan]
            device = center.products[plan.product].devices[row.device]
            plan.tasks[row.device] = rows.task(row, plan, device)


def _upsert(dialect: Any, table: Table) -> Any:
    statement = dialect.insert(table).values({c.name: bindparam(c.name) for c in table.columns})
    keys = [column.name for column in table.primary_key]
    others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)


def _lock_beside(path: str | None) -> Lock:
    if not path:
        raise UserError("the database must be a file: sqlite:///FILE")
    return Lock(Path(path), path, beside=True)
