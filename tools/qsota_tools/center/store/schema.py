"""The tables. Times are ms since 1970; what is edited and read as a whole is JSON."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)

metadata = MetaData()

# Ids that count up; SQLite does that for INTEGER only.
_Count = BigInteger().with_variant(Integer, "sqlite")
_KEY = 255  # keys come from devices


def _ms(name: str) -> Column:
    return Column(name, BigInteger)


settings = Table(
    "settings", metadata, Column("key", String(50), primary_key=True), Column("value", JSON)
)

products = Table(
    "products",
    metadata,
    Column("key", String(_KEY), primary_key=True),
    Column("name", String(_KEY), nullable=False),
    _ms("created"),
)

devices = Table(
    "devices",
    metadata,
    Column("product", ForeignKey("products.key"), primary_key=True),
    Column("key", String(_KEY), primary_key=True),
    _ms("created"),
    Column("versions", JSON, nullable=False),
    Column("module_version", String(_KEY), nullable=False),
    _ms("seen"),
    _ms("reply_at"),
    Column("sign", String(_KEY), nullable=False),
    Column("auto_confirm", Boolean, nullable=False),
    Column("month", Integer, nullable=False),
    Column("used", Integer, nullable=False),
)

modules = Table(
    "modules",
    metadata,
    Column("imei", String(_KEY), primary_key=True),
    Column("memory", JSON, nullable=False),
)

packages = Table(
    "packages",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=False),
    Column("name", String(100), nullable=False, unique=True),
    Column("kind", Integer, nullable=False),
    Column("delta", Boolean, nullable=False),
    Column("target", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    Column("files", JSON, nullable=False),
    Column("remarks", String(200), nullable=False),
    Column("uploader", String(_KEY), nullable=False),
    Column("verified", Boolean, nullable=False),
    _ms("created"),
    _ms("updated"),
)

plans = Table(
    "plans",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=False),
    Column("name", String(100), nullable=False),
    Column("status", String(20), nullable=False),
    Column("product", ForeignKey("products.key"), nullable=False),
    Column("verifies", BigInteger),
    Column("whitelist", JSON),
    Column("blacklist", JSON, nullable=False),
    Column("zone", String(100), nullable=False),
    _ms("start"),
    _ms("end"),
    Column("mode", String(20), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("window", JSON),
    Column("reject_ms", Integer, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("battery", Integer, nullable=False),
    Column("signal", Integer, nullable=False),
    Column("components", JSON, nullable=False),
    Column("texts", JSON, nullable=False),
    _ms("created"),
    _ms("activated"),
    _ms("ended"),
    Column("turn", BigInteger, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("plan", ForeignKey("plans.id"), primary_key=True, autoincrement=False),
    Column("device", String(_KEY), primary_key=True),
    Column("phase", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("components", JSON, nullable=False),
    Column("received", Boolean, nullable=False),
    Column("needed", JSON, nullable=False),
    Column("index", Integer, nullable=False),
    Column("retries", Integer, nullable=False),
    _ms("refused"),
    _ms("url_at"),
    Column("url_sent", Boolean, nullable=False),
    _ms("heard"),
    _ms("started"),
    _ms("ended"),
    Column("count", Integer, nullable=False),
    Column("retry", Boolean, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("appointed", JSON),
)

log = Table(
    "log",
    metadata,
    Column("id", _Count, primary_key=True),
    Column("ms", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("product", String(_KEY)),
    Column("device", String(_KEY)),
    Column("plan", BigInteger),
    Column("fields", JSON, nullable=False),
    Index("log_of_plan", "plan", "device", "id"),
    Index("log_of_device", "product", "device", "id"),
)
