"""The Center's objects in a database, and back."""

import sqlite3

import pytest
from sqlalchemy import inspect, text

from center_bench import DAY, Bench, slot
from qsota_tools.center import app_side, life_cycle, plan_forms, texts, verification
from qsota_tools.center.core import Center
from qsota_tools.center.store import rows
from qsota_tools.center.store.database import connect
from qsota_tools.center.store.history import all_entries, entries
from qsota_tools.center.store.schema import metadata
from qsota_tools.center.store.state import Store
from qsota_tools.common.errors import UserError


@pytest.fixture
def store(url):
    made = Store(url)
    yield made
    made.close()


def everything(center):
    """All rows of all objects: equal if the Centers are."""
    objects = [center, *center.products.values(), *center.packages.values()]
    objects += [d for product in center.products.values() for d in product.devices.values()]
    objects += center.plans.values()
    objects += [task for plan in center.plans.values() for task in plan.tasks.values()]
    made = {kind: make for kind, _, make in rows.TABLES}
    return sorted(repr(row) for thing in objects for row in made[type(thing)](thing))


def loaded(store, now=0):
    center = Center(now)
    store.load(center)
    return center


def eventful_bench():
    """Each kind of object in several states."""
    bench = Bench()
    center = bench.center
    center.quota, center.topup = 3, 10
    one, two = bench.device("d1", MCU="1"), bench.device("d2", MCU="1")
    bench.plan(window=[0, 2], blacklist=["d2"], reject_min=60)
    manual = bench.plan(bench.package("3"), mode="manual", whitelist=["d2"])
    texts.set_text(center, manual, "de", 'Neu: "besser" <b>')
    app_side.appoint(center, two.device, manual, slot(14), slot(16))
    app_side.set_auto_confirm(center, one.device, True)
    verification.verify(
        center,
        {"package": bench.package().id, "product": "p1", "device": "d1", "component": "MCU"},
    )
    one.confirm()
    plan_forms.suspend(center, bench.plan(bench.package("4"), name="späte Pläne").id)
    bench.saved(bench.package("5", source_version="1", component_type="mcu"))
    two.ask()
    return bench


def test_what_was_saved_is_loaded_as_it_was(store):
    bench = eventful_bench()
    store.save(bench.center)
    again = loaded(store, bench.now)
    assert everything(again) == everything(bench.center)
    assert [plan.id for plan in again.live] == [plan.id for plan in bench.center.live]
    assert again.running == bench.center.running == 1
    task = again.device("p1", "d1").task
    assert task is again.plans[task.plan.id].tasks["d1"]


def test_only_what_has_changed_is_written_and_it_is_enough(store):
    bench = eventful_bench()
    store.save(bench.center)
    for step in range(40):
        bench.wait(DAY // 20)
        probe = bench.center.device("p1", f"d{step % 2 + 1}").session
        probe.report(*[(1, 2), (4, 5), (8, 9), (12,)][step // 2 % 4])
        assert len(bench.center.changed) < 12
        store.save(bench.center)
        assert everything(loaded(store, bench.now)) == everything(bench.center)


def test_what_is_deleted_is_gone(store):
    bench = Bench()
    plan = bench.saved()
    store.save(bench.center)
    plan_forms.delete_plan(bench.center, plan.id)
    store.save(bench.center)
    assert loaded(store).plans == {}


def test_ids_are_never_used_twice(store):
    bench = Bench()
    plan = bench.saved()
    store.save(bench.center)
    plan_forms.delete_plan(bench.center, plan.id)
    store.save(bench.center)
    assert loaded(store).new_id() > plan.id


def test_after_loading_timers_go_on(store):
    bench = Bench()
    probe = bench.device()
    plan = bench.plan(end=slot(12))
    probe.ask()
    probe.report(1, 2)
    store.save(bench.center)
    again = loaded(store, bench.now)
    sent = []
    device = again.register("p1", "d1", probe)
    probe.firmware = sent.append
    again.advance(bench.now + 1000)
    assert len(sent) == 1
    again.advance(slot(12))
    assert device.task is not None  # it runs and may finish
    assert again.plans[plan.id].status == "upgrading"


def test_a_transaction_that_fails_leaves_everything_as_it_was(store):
    bench = Bench()
    bench.plan()
    store.save(bench.center)
    before = everything(loaded(store))
    life_cycle.terminate(bench.center, next(iter(bench.center.plans.values())))
    with pytest.raises(Exception):  # noqa: B017
        store.save(bench.center, [{"ms": None, "kind": "broken", "fields": {}}])
    assert everything(loaded(store)) == before
    assert bench.center.changed  # still to be saved
    store.save(bench.center)
    assert everything(loaded(store)) == everything(bench.center) != before


def test_the_log_is_read_page_by_page(store):
    center = Center()
    row = {"kind": "status", "product": "p1", "fields": {"n": 1}}
    for number in range(25):
        more = {"ms": number, "device": f"d{number % 2}", "plan": number % 3}
        store.save(center, [{**row, **more}])
    assert [e["ms"] for e in entries(store.engine, plan=1, limit=3)] == [1, 4, 7]
    third = entries(store.engine, plan=1, limit=3)[-1]["id"]
    assert [e["ms"] for e in entries(store.engine, plan=1, after=third, limit=2)] == [10, 13]
    every = all_entries(store.engine, product="p1", device="d1", limit=5)
    assert [e["ms"] for e in every] == list(range(1, 25, 2))


def test_names_from_devices_can_be_anything(store):
    bench = Bench()
    for number, name in enumerate(("<script>", "'; DROP TABLE devices; --", "../..", "名", "\\")):
        bench.center.register("p1", name).versions = {name: name, "n": str(number)}
    store.save(bench.center, [])
    assert everything(loaded(store)) == everything(bench.center)


def test_the_migrations_make_exactly_the_tables_of_the_schema(url):
    engine = connect(url)
    found = inspect(engine)
    assert set(found.get_table_names()) == set(metadata.tables) | {"alembic_version"}
    for name, table in metadata.tables.items():
        columns = {c["name"]: c["nullable"] for c in found.get_columns(name)}
        assert columns == {c.name: c.nullable for c in table.columns}, name
        assert found.get_pk_constraint(name)["constrained_columns"] == [
            c.name for c in table.primary_key
        ]
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused_and_not_touched(url):
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(UserError, match="newer version of this program .9999.; update qsota"):
        Store(url)
    engine = connect_again(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


def connect_again(url):
    from sqlalchemy import create_engine

    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"))


def test_two_centers_on_one_database_are_one_too_many(url):
    first = Store(url)
    with pytest.raises(UserError, match="use by another|another Developer Center works on"):
        Store(url)
    first.close()
    Store(url).close()


def test_sqlite_is_as_durable_as_it_gets(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/c.db")
    with store.engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    with store.engine.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        # BEGIN IMMEDIATE: nobody else writes from the first moment on.
        other = sqlite3.connect(tmp_path / "c.db", timeout=0)
        other.execute("BEGIN IMMEDIATE")
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "oracle9://x",
        "sqlite://",
        "sqlite:////nowhere/at/all.db",
        "postgresql://nobody@127.0.0.1:1/none",
    ],
)
def test_a_url_that_leads_nowhere_is_told_in_a_sentence(url):
    with pytest.raises(UserError):
        Store(url)
