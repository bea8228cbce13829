"""Previews that an engine answers over a shop snapshot: the database's numbers, of that moment."""

import json
import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings

from conditions.engines import engine as engines
from conditions.engines import translation
from conditions.engines.duckdb import DuckDBSession
from conditions.engines.engine import EngineFailed
from conditions.engines.open_snapshot import close_open_snapshot
from conditions.parse import parse_tree
from conditions.tests.engines.asking import in_snapshots, is_left_to_the_database
from conditions.tests.engines.stored_shop import write_snapshot
from conditions.tests.examples.rollups import roll_up_in_every_way
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import every_attribute, trees
from core.database.time_limit import Cancelled
from customers.models import Customer, Orders, Snapshot, Website
from customers.privacy.erasing import go_on, request_erasure
from customers.snapshots.manifest import publish, read_manifest
from customers.snapshots.places.stores import open_store
from segments.database.cancellation import Caller, cancel
from segments.editing.overrides import set_override
from segments.engine.live_changes.changed_customers import process_changes
from segments.insight.previews.preview import preview
from segments.models import OverrideKind
from segments.tests.engine.harness import condition
from tests.tiers import examples

pytestmark = pytest.mark.skipif(
    "postgresql" not in project.DATABASES["default"]["ENGINE"],
    reason="engines are for shops on PostgreSQL",
)
COM = {"match": "all", "conditions": [condition("customer.email", "ends_with", ".com")]}
ENDLESS = "SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range + b.range = -1"
LONG = 60


@pytest.fixture(autouse=True)
def asked_of_duckdb(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    settings.PREVIEW_ENGINE, settings.SHOP_SNAPSHOT = "duckdb", str(tmp_path / "snapshot")
    yield
    close_open_snapshot()


@pytest.fixture
def shop(make_customer):
    """Customers a to d, two of them in .com."""
    for name, ending in {"a": "com", "b": "com", "c": "org", "d": "org"}.items():
        make_customer(name, email=f"{name}@shop.{ending}")
    process_changes()


@pytest.fixture
def taken(clock, shop, settings):
    """Return the manifest of a shop snapshot, after which somebody else has come into .com."""
    call_command("export_snapshot", settings.SHOP_SNAPSHOT)
    Customer.objects.filter(external_id="c").update(email="c@shop.com")
    process_changes()
    return read_manifest(settings.SHOP_SNAPSHOT)


@pytest.fixture
def endless(monkeypatch):
    """Return a function that lets what a thread asks of DuckDB last for hours from now on."""
    real, threads = DuckDBSession.rows, set()
    asked = threading.Event()

    def rows(self, statement):
        if threading.current_thread() not in threads:
            return real(self, statement)
        asked.set()
        try:
            return self._connection.execute(ENDLESS).fetchall()
        except Exception as error:
            raise EngineFailed(str(error)) from error

    monkeypatch.setattr(DuckDBSession, "rows", rows)

    def begin():
        threads.add(threading.current_thread())
        return asked

    begin.asked = asked
    return begin


def shown(found):
    return [customer.external_id for customer in found.customers]


def answered_by_database(found):
    """Assert that what is there now was counted."""
    assert (found.engine, found.count) == ("", 3)


@pytest.mark.django_db
def test_all_numbers_of_random_trees_are_those_of_the_database(tmp_path, settings, clock):
    awkward_shop(51, customers=300).store()
    roll_up_in_every_way()
    place = tmp_path / "snapshot"
    place.mkdir()
    manifest = write_snapshot(place)
    publish(manifest, open_store(str(place)))
    as_of = manifest.as_of
    Snapshot.objects.create(location=str(place), began_at=as_of, as_of=as_of, finished_at=as_of)
    clock.at = as_of
    every, refused = in_snapshots(every_attribute()), []

    @example_settings(
        max_examples=examples(60),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(tree=trees(every=every))
    def agree(tree):
        settings.PREVIEW_ENGINE = "duckdb"
        found = preview(tree, applies_to="both", counts=True)
        if not found.engine:
            refused.extend([] if is_left_to_the_database(tree) else [tree])
            return
        settings.PREVIEW_ENGINE = ""
        by_database = preview(tree, applies_to="both", counts=True, as_of=manifest.as_of)
        for name in ("as_of", "count", "scope_count", "customers", "counts", "sentence"):
            assert getattr(found, name) == getattr(by_database, name), name

    agree()
    # A list that is closed too far would find nothing wrong.
    assert len(refused) < 5


@pytest.mark.django_db(transaction=True)
def test_what_has_changed_since_is_not_counted_and_it_says_so(taken, clock):
    clock.advance(hours=1)
    found = preview(COM, counts=True)
    assert (found.engine, found.as_of, found.exact) == ("duckdb", taken.as_of, True)
    assert (found.count, found.scope_count, shown(found)) == (2, 4, ["a", "b"])
    assert {(one.alone, one.remaining) for one in found.counts} == {(2, 2)}
    # More is asked about the same.
    assert preview(COM, limit=0, counts=True, as_of=found.as_of).counts == found.counts
    assert shown(preview(COM, limit=1)) == ["a"]


@pytest.mark.django_db(transaction=True)
def test_who_is_gone_is_not_shown(taken):
    Customer.objects.get(external_id="a").delete()
    found = preview(COM)
    assert (found.engine, found.count, shown(found)) == ("duckdb", 2, ["b"])


@pytest.mark.django_db(transaction=True)
def test_whoever_is_erased_is_in_no_answer_any_more(taken):
    assert preview(COM).count == 2
    erasure = request_erasure(Customer.objects.get(external_id="a"), Orders.ANONYMIZE, author=None)
    go_on(erasure.pk)
    found = preview(COM, counts=True)
    assert (found.engine, found.count, found.scope_count) == ("duckdb", 1, 3)
    assert shown(found) == ["b"]
    assert found.counts[0].alone == 1


@pytest.mark.django_db(transaction=True)
def test_a_newer_shop_snapshot_is_asked_once_it_is_there(taken, settings, clock):
    assert preview(COM).count == 2
    clock.advance(hours=1)
    call_command("export_snapshot", settings.SHOP_SNAPSHOT)
    found = preview(COM)
    assert (found.engine, found.count) == ("duckdb", 3)
    assert found.as_of > taken.as_of


@pytest.mark.django_db(transaction=True)
def test_nobody_who_could_match_is_nobody(taken):
    category = condition("order_item.category", "is", "no-such")
    nobody = parse_tree({"match": "all", "conditions": [category]}, stored=True)
    found = preview(nobody, counts=True)
    assert (found.engine, found.count, shown(found)) == ("duckdb", 0, [])
    assert found.counts[0].alone == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("figures", [False, True])
def test_for_another_moment_and_for_figures_the_database_is_asked(taken, figures, clock):
    as_of = None if figures else taken.as_of + timedelta(hours=1)
    answered_by_database(preview(COM, figures=figures, as_of=as_of))


@pytest.mark.django_db(transaction=True)
def test_a_segment_with_includes_is_asked_of_the_database(taken, make_segment):
    segment = make_segment("Some", COM["conditions"])
    assert preview(COM, segment=segment).engine == "duckdb"
    set_override(segment, Customer.objects.get(external_id="d"), OverrideKind.INCLUDE, author=None)
    found = preview(COM, segment=segment)
    assert (found.engine, found.count) == ("", 4)


@pytest.mark.django_db(transaction=True)
def test_a_list_is_asked_of_the_database(taken, make_segment):
    picked = make_segment("Picked", handling={"refresh_mode": "list"})
    found = preview({"match": "all", "conditions": []}, segment=picked)
    assert (found.engine, found.count) == ("", 0)


@pytest.mark.django_db(transaction=True)
def test_what_the_engine_cannot_is_asked_of_the_database(taken, make_segment):
    segment = make_segment("Some", COM["conditions"])
    above = {"match": "all", "conditions": [condition("segment", "is", segment.code)]}
    assert preview(above).engine == "duckdb"
    set_override(segment, Customer.objects.get(external_id="d"), OverrideKind.INCLUDE, author=None)
    assert preview(above).engine == ""


@pytest.mark.django_db(transaction=True)
def test_where_everybody_may_have_changed_the_database_is_asked(taken):
    Website.objects.update(timezone="Asia/Tokyo")
    process_changes()
    answered_by_database(preview(COM))


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_that_is_too_old_is_not_asked(taken, settings, clock, caplog):
    clock.advance(hours=settings.SHOP_SNAPSHOT_HOURS, minutes=1)
    answered_by_database(preview(COM))
    assert "too old" in caplog.text


def without_manifest(place, _patch):
    (place / "manifest.json").unlink()


def with_a_broken_manifest(place, _patch):
    (place / "manifest.json").write_text("{")


def with_another_format(place, _patch):
    said = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps({**said, "format": -1}))


def with_broken_files(place, _patch):
    for file in place.rglob("*.parquet"):
        os.truncate(file, 10)


def without_files(place, _patch):
    for file in place.rglob("*.parquet"):
        file.unlink()


def without_the_engine(_place, patch):
    patch.setattr(engines, "MODULES", {"duckdb": ("conditions.engines.no_such", "some.txt")})


def too_long_to_plan(_place, patch):
    patch.setattr(translation, "LONGEST", 100)


def out_of_memory(_place, patch):
    def rows(self, statement):
        raise EngineFailed("out of memory")

    patch.setattr(DuckDBSession, "rows", rows)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize(
    "spoil",
    [
        without_manifest,
        with_a_broken_manifest,
        with_another_format,
        with_broken_files,
        without_files,
        without_the_engine,
        too_long_to_plan,
        out_of_memory,
    ],
)
def test_where_the_engine_fails_the_database_is_asked(
    taken, settings, monkeypatch, caplog, spoil, is_open
):
    if is_open:
        assert preview(COM).engine == "duckdb"
    spoil(Path(settings.SHOP_SNAPSHOT), monkeypatch)
    answered_by_database(preview(COM, counts=True))
    assert "asked of the database" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_past_the_time_limit_the_engine_is_interrupted(taken, settings, endless):
    settings.PREVIEW_TIMEOUT_SECONDS = 3
    endless()
    found = preview(COM, counts=True)
    assert (found.engine, found.count, found.scope_count) == ("duckdb", None, None)
    assert found.estimate is not None
    assert {one.alone for one in found.counts} == {None}
    assert endless.asked.is_set()


@pytest.fixture
def in_the_engine(taken, settings, endless):
    """Begin a preview that lasts; return its caller, and what waits for its end."""
    settings.PREVIEW_TIMEOUT_SECONDS = 2 * LONG
    user, ended = User.objects.create_user("user"), []

    def older():
        endless()
        try:
            preview(COM, caller=Caller(user, "page", 1))
        except Cancelled as error:
            ended.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=older)
    thread.start()
    assert endless.asked.wait(LONG)

    def end():
        thread.join(LONG)
        return ended

    return user, end


@pytest.mark.django_db(transaction=True)
def test_a_newer_preview_ends_the_older_one_in_the_engine(in_the_engine):
    user, end = in_the_engine
    found = preview(COM, caller=Caller(user, "page", 2))
    assert (found.engine, found.count) == ("duckdb", 2)
    assert len(end()) == 1


@pytest.mark.django_db(transaction=True)
def test_who_cancels_ends_it_in_the_engine(in_the_engine):
    user, end = in_the_engine
    assert cancel(user, "page")
    assert len(end()) == 1


@pytest.mark.django_db(transaction=True)
def test_the_command_says_of_when_it_is(taken, tmp_path, capsys):
    file = tmp_path / "tree.json"
    file.write_text(json.dumps(COM))
    call_command("preview_segment", str(file))
    said = capsys.readouterr().out
    assert f"As of {taken.as_of.isoformat(timespec='seconds')}, from the shop snapshot" in said
    assert "2 customers" in said
    call_command("preview_segment", str(file), "--as-of", "2030-01-01T00:00:00Z")
    assert "snapshot" not in capsys.readouterr().out
