"""The connection: SQLite as durable as it gets, or PostgreSQL; one writer; the right version."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from qsota_tools.common.errors import UserError

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x71736F7461  # "qsota", the advisory lock in PostgreSQL


def connect(url: str) -> Engine:
    """An engine for sqlite:///FILE or postgresql+psycopg://..., with all migrations done.

    UserError if there is no such database, or if it is of a newer version of this program.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError) as error:
        raise UserError(f"{url}: is no database URL ({error})") from None
    except ModuleNotFoundError as error:
        raise UserError(f"{url}: needs `pip install qsota[postgres]` ({error})") from None
    if parsed.get_backend_name() == "sqlite":
        _make_durable(engine)
    try:
        with engine.begin() as connection:
            _migrate(connection)
    except OperationalError as error:
        engine.dispose()
        where = parsed.render_as_string(hide_password=True)
        raise UserError(f"{where}: cannot be opened ({error.orig})") from None
    except UserError:
        engine.dispose()
        raise
    return engine


def claim(engine: Engine) -> Connection:
    """A connection that is held by the one who may write; UserError if there is another one."""
    connection = engine.connect()
    if engine.dialect.name == "postgresql":
        taken = connection.scalar(text(f"SELECT pg_try_advisory_lock({_LOCK})"))
        connection.commit()
        if not taken:
            connection.close()
            raise UserError("another Developer Center works on this database")
    return connection


def _make_durable(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _(dbapi, _record):
        dbapi.isolation_level = None  # BEGIN is ours
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            dbapi.execute("PRAGMA " + pragma)
        dbapi.execute("PRAGMA busy_timeout=10000")

    @event.listens_for(engine, "begin")
    def _(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    try:
        if current is not None:
            scripts.get_revision(current)
    except CommandError:
        raise UserError(
            f"the database is of a newer version of this program ({current}); "
            "update qsota, or name another database"
        ) from None
    if current != scripts.get_current_head():
        command.upgrade(config, "head")
