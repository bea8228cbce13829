"""Members found on an engine over a shop snapshot are right, whatever has happened since it."""

import os
import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from threading import Event

import pytest
from django.apps import apps
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from conditions.engines import translation
from conditions.engines.duckdb import DuckDBSession
from conditions.engines.engine import EngineFailed, engine
from core import clock as product_clock
from core.clock import now
from customers.merging import merge_guest
from customers.models import Customer, DirtyCustomer, Erasure, Orders, Snapshot, Website
from customers.privacy.erasing import go_on, request_erasure
from customers.snapshots.manifest import read_manifest
from customers.tests.rows import an_order
from customers.tests.waiting import WAIT
from segments.api.responses import RunSerializer
from segments.database.locks import lock_members
from segments.editing.overrides import set_override
from segments.engine import since_snapshot
from segments.engine.live_changes import changed_customers
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.engine.refreshes import snapshot_engine
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import cancel_run, request_refresh
from segments.engine.refreshes.schedule import request_due
from segments.engine.refreshes.snapshot_engine import Elsewhere
from segments.engine.since_snapshot import forget_seen
from segments.models import (
    ChangedSinceSnapshot,
    ListedCustomer,
    OverrideKind,
    OwedRefresh,
    RefreshRun,
    Segment,
)
from segments.models.work.watermark import OVERLAP
from segments.refresh import refresh_segment
from segments.rules.evaluation.rule import rule_of
from segments.tests.engine.harness import (
    at_once,
    condition,
    eventually,
    is_right,
    stored,
    worker_environment,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "postgresql" not in project.DATABASES["default"]["ENGINE"],
        reason="engines are for shops on PostgreSQL",
    ),
]
COM = condition("customer.email", "ends_with", ".com")


@pytest.fixture
def shop(make_customer, tmp_path, settings):
    """Customers a to d, two of them in .com, whose marks are processed."""
    settings.DATA_DIR = tmp_path / "data"
    for name, ending in {"a": "com", "b": "com", "c": "org", "d": "org"}.items():
        make_customer(name, email=f"{name}@shop.{ending}")
    process_changes()


@pytest.fixture
def segment(shop, make_segment):
    return make_segment("Com", [COM])


@pytest.fixture
def where(tmp_path):
    """Where members are found; a snapshot is taken by `taken`."""
    return Elsewhere("duckdb", str(tmp_path / "snapshot"), required=True)


@pytest.fixture
def taken(where):
    """Return a function that takes a shop snapshot now."""

    def take():
        call_command("export_snapshot", where.snapshot)
        return read_manifest(where.snapshot)

    return take


def test_members_are_found_there_as_of_the_snapshot(segment, where, taken):
    manifest = taken()
    run = refresh_segment(segment, where=where)
    assert (run.state, run.engine, run.entered, run.as_of) == (
        *("completed", "duckdb", 2),
        manifest.as_of,
    )
    assert RunSerializer(run).data["engine"] == "duckdb"
    assert stored(segment) == {"a", "b"}
    segment.refresh_from_db()
    assert segment.as_of == manifest.as_of
    assert segment in Segment.objects.kept_current()


def test_who_has_changed_since_the_snapshot_is_judged_as_of_now(
    segment, where, taken, make_customer, clock
):
    refresh_segment(segment)
    taken()
    clock.advance(hours=1)
    Customer.objects.filter(external_id="a").update(email="a@shop.org")
    Customer.objects.filter(external_id="c").update(email="c@shop.com")
    Customer.objects.get(external_id="b").delete()
    make_customer("e", email="e@shop.com")
    process_changes()  # These marks are off the queue before the refresh begins.
    clock.advance(hours=1)
    logged = segment.changes.count()
    run = refresh_segment(segment, where=where)
    # Nobody leaves who comes back a moment later: a mail would go out for each.
    assert (run.engine, run.entered, run.left) == ("duckdb", 0, 0)
    assert stored(segment) == {"c", "e"}
    process_changes()
    assert segment.changes.count() == logged


def test_who_has_changed_since_comes_in_by_a_new_definition_not_by_an_event(
    segment, where, taken, clock
):
    refresh_segment(segment)
    taken()
    clock.advance(hours=1)
    Customer.objects.filter(external_id="c").update(email="c@shop.net")
    process_changes()
    net = {"match": "all", "conditions": [condition("customer.email", "contains", ".net")]}
    save(segment, net)
    refresh_segment(segment, where=where)
    process_changes()
    assert stored(segment) == {"c"}
    assert segment.changes.latest("sequence").reason == "definition"


def test_whom_time_has_moved_since_the_snapshot_is_judged_as_of_now(
    shop, where, taken, make_segment, make_customer, clock
):
    an_order(make_customer("e"), created_at=clock())
    process_changes()
    recent = make_segment("Recent", [condition("order.created_at", "in_last_days", 2)])
    refresh_segment(recent)
    sweep()
    taken()
    assert stored(recent) == {"e"}
    clock.advance(days=4)
    sweep()
    process_changes()
    assert stored(recent) == set()
    run = refresh_segment(recent, where=where)
    assert (run.engine, run.entered) == ("duckdb", 0)
    assert stored(recent) == set()


def test_scope_includes_and_excludes_are_those_of_now(segment, where, taken):
    taken()
    people = {one.external_id: one for one in Customer.objects.all()}
    set_override(segment, people["d"], OverrideKind.INCLUDE, author=None)
    set_override(segment, people["a"], OverrideKind.EXCLUDE, author=None)
    Customer.objects.filter(external_id="b").update(is_active=False)
    assert refresh_segment(segment, where=where).engine == "duckdb"
    assert stored(segment) == {"d"}


def test_who_was_a_guest_in_the_snapshot_is_the_customer_now(
    shop, where, taken, make_segment, make_customer
):
    make_customer("g", kind="guest", email="g@shop.com")
    both = make_segment("Both", [COM], applies_to="both")
    process_changes()
    taken()
    merge_guest("g", "c")
    process_changes()
    refresh_segment(both, where=where)
    process_changes()
    assert stored(both) == {"a", "b"}


def test_where_everybody_may_have_changed_the_database_finds_them(segment, where, taken, clock):
    taken()
    Website.objects.update(timezone="Asia/Tokyo")
    process_changes()
    run = refresh_segment(segment, where=where)
    assert (run.state, run.engine) == ("completed", "")
    assert stored(segment) == {"a", "b"}
    clock.advance(hours=1)
    taken()
    assert refresh_segment(segment, where=where).engine == "duckdb"


def test_what_was_owed_a_refresh_before_the_engine_was_asked_is_seen(segment, where, taken):
    taken()
    OwedRefresh.objects.create(segment=segment)
    assert refresh_segment(segment, where=where).engine == "duckdb"
    assert not segment.owed_refreshes.exists()


def test_where_very_many_have_changed_the_database_finds_them(
    segment, where, taken, clock, monkeypatch
):
    monkeypatch.setattr(snapshot_engine, "FLOOD", 1)
    taken()
    clock.advance(hours=1)
    for number, asked in (("c", "duckdb"), ("d", "")):
        Customer.objects.filter(external_id=number).update(email=f"{number}@shop.com")
        process_changes()
        assert refresh_segment(segment, where=where).engine == asked
    assert stored(segment) == {"a", "b", "c", "d"}


def test_a_snapshot_that_this_database_has_not_written_is_not_asked(segment, where, taken):
    taken()
    # As after a restore of a backup from before.
    Snapshot.objects.update(as_of=now() - timedelta(days=1))
    run = refresh_segment(segment, where=where)
    assert (run.state, run.engine) == ("completed", "")


def test_at_night_the_database_does_not_read_for_an_engine(segment, where, taken, settings, clock):
    refresh_segment(segment)
    process_changes()
    clock.advance(days=1)
    taken()
    settings.REFRESH_ENGINE, settings.SHOP_SNAPSHOT = "duckdb", where.snapshot
    (run,) = request_due()
    assert run.state == "queued"
    assert execute_run(run).engine == "duckdb"


def test_what_an_engine_cannot_the_database_finds(segment, where, taken, make_segment):
    taken()
    set_override(segment, Customer.objects.get(external_id="c"), OverrideKind.INCLUDE, author=None)
    above = make_segment("Above", [condition("segment", "is", segment.code)])
    run = refresh_segment(above, where=where)
    assert (run.state, run.engine) == ("completed", "")
    assert stored(above) == {"a", "b", "c"}


def test_a_list_is_the_database_s(shop, where, taken, make_segment, caplog):
    taken()
    listed = make_segment("Listed", handling={"refresh_mode": "list"})
    ListedCustomer.objects.create(segment=listed, customer=Customer.objects.get(external_id="d"))
    run = refresh_segment(listed, where=where)
    assert (run.state, run.engine, stored(listed)) == ("completed", "", {"d"})
    assert "table segments_listedcustomer" in caplog.text


def test_what_its_writer_marks_is_asked_of_the_database(shop, where, taken, make_segment):
    taken()
    empty = {"attribute": "prediction.churn_risk", "operator": "is_empty"}
    scored = make_segment("Scored", [empty])
    run = refresh_segment(scored, where=where)
    assert (run.state, run.engine) == ("completed", "")


def test_where_files_go_for_an_erasure_the_next_manifest_is_asked(
    segment, where, taken, monkeypatch
):
    first = taken()
    taken()
    second = read_manifest(where.snapshot)
    read = iter([first, second])
    monkeypatch.setattr(snapshot_engine, "read_manifest", lambda place: next(read))
    monkeypatch.setattr(snapshot_engine, "_refuse", lambda where, manifest, rule: None)
    for file in first.files:
        if file not in second.files:
            (Path(where.snapshot) / file.path).unlink()
    assert refresh_segment(segment, where=where).engine == "duckdb"
    assert stored(segment) == {"a", "b"}


def test_whom_a_copy_of_the_database_has_erased_is_asked_of_the_database(segment, where, taken):
    taken()
    go_on(request_erasure(Customer.objects.get(external_id="a"), Orders.ANONYMIZE, author=None).pk)
    assert refresh_segment(segment, where=where).engine == "duckdb"
    assert stored(segment) == {"b"}
    # A database from before, with the same place, in which nobody was erased.
    Erasure.objects.all().delete()
    run = refresh_segment(segment, where=where)
    assert (run.state, run.engine) == ("completed", "")


def test_after_a_way_back_to_older_tables_no_snapshot_is_asked(segment, where, taken):
    taken()
    import_module("segments.migrations.0029_engines").trust_no_snapshot(apps, None)
    run = refresh_segment(segment, where=where)
    assert (run.state, run.engine) == ("completed", "")
    taken()
    assert refresh_segment(segment, where=where).engine == "duckdb"


def test_a_statement_that_is_too_long_is_the_database_s(segment, where, taken, monkeypatch):
    taken()
    monkeypatch.setattr(translation, "LONGEST", 100)
    run = refresh_segment(segment, where=where)
    assert (run.state, run.engine) == ("completed", "")
    assert stored(segment) == {"a", "b"}


def test_a_file_that_is_not_as_it_was_written_is_not_asked(segment, where, taken):
    manifest = taken()
    path = Path(where.snapshot) / manifest.tables["customers_customer"].files[0].path
    path.write_bytes(path.read_bytes() + b"x")
    run = refresh_segment(segment, where=where)
    assert (run.state, stored(segment)) == ("failed", set())
    assert run.error.startswith(f"{path} has {path.stat().st_size} bytes")
    path.unlink()
    run = refresh_segment(segment, where=where)
    assert (run.state, run.error) == ("failed", f"{path} is not there.")


def test_codes_that_no_segment_has_are_said_once_a_night(
    segment, where, taken, settings, clock, caplog
):
    refresh_segment(segment)
    clock.advance(days=1)
    taken()
    settings.REFRESH_ENGINE, settings.SHOP_SNAPSHOT = "duckdb", where.snapshot
    settings.REFRESH_ENGINE_SEGMENTS = ["gone", segment.code, "kom"]
    assert len(request_due()) == 1
    assert request_due() == []
    (said,) = [one.getMessage() for one in caplog.records if "REFRESH_ENGINE" in one.getMessage()]
    assert said == "REFRESH_ENGINE_SEGMENTS: no segment is called gone, kom"


def test_nobody_who_could_match_is_nobody(shop, where, taken, make_segment):
    taken()
    nobody = make_segment("Nobody", [COM])
    gone = condition("order_item.category", "is", "deleted-since")
    Segment.objects.filter(pk=nobody.pk).update(conditions={"match": "all", "conditions": [gone]})
    run = refresh_segment(nobody, where=where)
    assert (run.state, run.engine, run.total) == ("completed", "duckdb", 0)


def test_an_engine_that_fails_changes_nothing(segment, where, taken, monkeypatch):
    taken()
    refresh_segment(segment)

    def ids(self, statement):
        raise EngineFailed("out of memory")
        yield

    monkeypatch.setattr(DuckDBSession, "ids", ids)
    run = refresh_segment(segment, where=where)
    assert (run.state, run.error) == ("failed", "out of memory")
    assert stored(segment) == {"a", "b"}


def test_as_the_settings_say_a_worker_asks_the_engine(segment, where, taken, settings):
    settings.REFRESH_ENGINE, settings.SHOP_SNAPSHOT = "duckdb", where.snapshot
    # There is no snapshot yet, then a broken one: the members are found all the same.
    assert execute_run(request_refresh(segment)).engine == ""
    taken()
    assert execute_run(request_refresh(segment)).engine == "duckdb"
    settings.REFRESH_ENGINE_SEGMENTS = ["another"]
    assert execute_run(request_refresh(segment)).engine == ""
    settings.REFRESH_ENGINE_SEGMENTS = [segment.code]
    assert execute_run(request_refresh(segment)).engine == "duckdb"
    for file in read_manifest(where.snapshot).files:
        os.truncate(os.path.join(where.snapshot, file.path), 10)
    run = execute_run(request_refresh(segment))
    assert (run.state, run.engine) == ("completed", "")


def test_a_snapshot_that_is_too_old_is_not_asked(segment, where, taken, settings, clock):
    settings.REFRESH_ENGINE, settings.SHOP_SNAPSHOT = "duckdb", where.snapshot
    taken()
    clock.advance(hours=settings.SHOP_SNAPSHOT_HOURS, minutes=1)
    assert execute_run(request_refresh(segment)).engine == ""


def test_a_snapshot_of_more_than_a_week_is_not_asked_whatever_is_wished(
    segment, where, taken, clock
):
    taken()
    Snapshot.objects.update(location="/elsewhere")  # No purge has taken what it lacks away.
    clock.advance(days=7)
    patient = replace(where, longest=timedelta(days=30))
    assert refresh_segment(segment, where=patient).engine == "duckdb"
    clock.advance(seconds=1)
    for one in (patient, where):
        assert refresh_segment(segment, where=one).engine == ""


def test_who_is_found_by_an_older_definition_is_not_written(segment, where, taken, monkeypatch):
    taken()
    asked = DuckDBSession.ids

    def ids(self, statement):
        org = {"match": "all", "conditions": [condition("customer.email", "contains", ".org")]}
        save(segment, org)
        yield from asked(self, statement)

    with monkeypatch.context() as patch:
        patch.setattr(DuckDBSession, "ids", ids)
        run = refresh_segment(segment, where=where)
    assert (run.state, stored(segment)) == ("queued", set())
    execute_run(run)
    assert stored(segment) == {"c", "d"}


def test_who_cancels_ends_the_engine_s_question(segment, where, taken, monkeypatch, settings):
    settings.LEASE_SECONDS = 1
    taken()

    def ids(self, statement):
        cancel_run(RefreshRun.objects.filter(outcome="").latest("pk"))
        # A product of a billion rows: it takes minutes unless it is interrupted.
        sql = "SELECT a.range FROM range(1000000000) a, range(100) b WHERE a.range + b.range = -1"
        try:
            self._connection.execute(sql).fetchall()
        except Exception as error:
            raise EngineFailed(str(error)) from error
        yield []

    monkeypatch.setattr(DuckDBSession, "ids", ids)
    run = refresh_segment(segment, where=where)
    assert run.state == "cancelled"
    assert stored(segment) == set()


def test_an_engine_that_does_not_open_is_given_up(segment, where, taken, monkeypatch, settings):
    settings.LEASE_SECONDS, settings.REFRESH_TIMEOUT_SECONDS = 1, 0.5
    taken()
    refresh_segment(segment)

    @contextmanager
    def opened(location, manifest, is_over):
        eventually(is_over)
        raise EngineFailed("Spark has not begun")
        yield

    never = replace(engine("duckdb"), opened=opened)
    monkeypatch.setattr(snapshot_engine, "engine", lambda name: never)
    run = refresh_segment(segment, where=where)
    told = "duckdb gave no answer within 0.5 s (REFRESH_TIMEOUT_SECONDS)"
    assert (run.state, run.error) == ("failed", told)

    settings.REFRESH_TIMEOUT_SECONDS = 3600
    settings.REFRESH_ENGINE, settings.SHOP_SNAPSHOT = where.engine, where.snapshot
    run = request_refresh(segment)
    beat = snapshot_engine.will_see_owed
    monkeypatch.setattr(snapshot_engine, "will_see_owed", lambda run: (cancel_run(run), beat(run)))
    assert execute_run(run).state == "cancelled"
    assert stored(segment) == {"a", "b"}


def save(segment, conditions):
    """Let `segment` say something else."""
    Segment.objects.filter(pk=segment.pk).update(conditions=conditions, version=segment.version + 1)


# The refresh of a process, once it has done the first of what it is told.
REFRESHING = """
import sys, time, django
django.setup()
from django.core.management import call_command
exec(sys.argv[1])
call_command("refresh_segments", *sys.argv[2:])
"""


def killed_while(waiting, segment, where, before=""):
    """Start a refresh in a process of its own, that does `before`, and kill it when `waiting`."""
    options = (segment.code, "--engine", "duckdb", "--snapshot", where.snapshot)
    process = subprocess.Popen(
        [sys.executable, "-c", REFRESHING, before, *options],
        cwd=project.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "segmentation_site.settings", **worker_environment()},
        stdout=subprocess.DEVNULL,
    )
    try:
        eventually(waiting)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_killed_while_the_engine_reads_the_members_are_as_they_were(
    segment, where, taken, tmp_path
):
    refresh_segment(segment)
    taken()
    Customer.objects.filter(external_id="c").update(email="c@shop.com")
    reads = tmp_path / "reads"
    hours = (
        "from conditions.engines.duckdb import DuckDBSession\n"
        f"DuckDBSession.ids = lambda *asked: (open({str(reads)!r}, 'w'), time.sleep(3600))"
    )
    killed_while(reads.exists, segment, where, hours)
    run = RefreshRun.objects.order_by("-pk").first()
    assert (run.state, run.phase) == ("running", "matching")
    assert stored(segment) == {"a", "b"}
    process_changes()
    assert stored(segment) == {"a", "b", "c"}
    goes_on_after_the_kill(segment)


def test_killed_while_it_writes_the_members_are_as_they_were(segment, where, taken):
    refresh_segment(segment)
    taken()
    with transaction.atomic():
        lock_members(segment.pk)

        def waits_for_the_lock():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
                    " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
                )
                return cursor.fetchone()[0]

        killed_while(waits_for_the_lock, segment, where)
    assert stored(segment) == {"a", "b"}
    goes_on_after_the_kill(segment)


def goes_on_after_the_kill(segment):
    """Assert that whoever comes next ends what was begun."""
    RefreshRun.objects.filter(outcome="").update(lease_expires_at=None)
    (run,) = RefreshRun.objects.filter(outcome="")
    Customer.objects.filter(external_id="d").update(email="d@shop.com")
    process_changes()
    before = stored(segment)
    assert execute_run(run).state == "completed"
    assert stored(segment) == before | {"d"}


def test_what_every_snapshot_has_seen_is_forgotten(segment, where, taken, clock):
    assert not ChangedSinceSnapshot.objects.exists(), "nobody asks before there is a snapshot"
    taken()
    Customer.objects.filter(external_id="a").update(email="a@shop.org")
    process_changes()
    assert forget_seen() == 0
    assert ChangedSinceSnapshot.objects.count() == 1
    clock.advance(hours=1)
    taken()
    assert forget_seen() == 1
    Customer.objects.filter(external_id="a").update(email="a@shop.com")
    process_changes()
    Snapshot.objects.all().delete()
    assert forget_seen() == 1


def test_what_the_oldest_snapshot_may_lack_is_kept_for_a_week(clock):
    at = clock()

    def kept(*ages):
        ChangedSinceSnapshot.objects.all().delete()
        for age in ages:
            ChangedSinceSnapshot.objects.create(customer_id=1, at=at - age)
        forget_seen()
        left = ChangedSinceSnapshot.objects.values_list("at", flat=True)
        return {at - one for one in left}

    hour, moment, week = timedelta(hours=1), timedelta(seconds=1), timedelta(days=7)
    for place, age in (("/old", 2 * hour), ("/new", hour)):
        Snapshot.objects.create(location=place, began_at=at - age, as_of=at - age)
    ages = {hour, 2 * hour, 2 * hour + OVERLAP, 2 * hour + OVERLAP + moment}
    assert kept(*ages) == {hour, 2 * hour, 2 * hour + OVERLAP}
    Snapshot.objects.update(as_of=at - 2 * week)
    assert kept(week, week + OVERLAP, week + OVERLAP + moment) == {week, week + OVERLAP}
    # One that is being taken for the first time.
    Snapshot.objects.update(as_of=None, began_at=at - hour)
    assert kept(hour, 2 * hour) == {hour}


def test_who_changed_right_before_the_snapshot_is_judged_as_of_now(segment, where, taken):
    """Whose mark was taken off just before may have been changed by who committed after it."""
    manifest = taken()
    Customer.objects.filter(external_id="c").update(email="c@shop.com")
    DirtyCustomer.objects.all().delete()
    late = manifest.as_of - OVERLAP
    pk = Customer.objects.get(external_id="c").pk
    ChangedSinceSnapshot.objects.create(customer_id=pk, at=late)
    assert refresh_segment(segment, where=where).engine == "duckdb"
    assert stored(segment) == {"a", "b", "c"}


@contextmanager
def between(monkeypatch, act):
    """Have `act` done between what the engine finds and what is written."""
    ids = DuckDBSession.ids

    def found(session, statement):
        yield from list(ids(session, statement))
        act()

    with monkeypatch.context() as patch:
        patch.setattr(DuckDBSession, "ids", found)
        yield


def a_leaves_and_c_comes():
    """Have a and c change, and everything that is marked be worked in."""
    Customer.objects.filter(external_id="a").update(email="a@shop.org")
    Customer.objects.filter(external_id="c").update(email="c@shop.com")
    process_changes()


@pytest.mark.parametrize("meanwhile", ["another export", "forgotten", "everybody", "a week"])
def test_where_it_is_not_known_any_more_who_has_changed_the_database_finds_them(
    segment, where, taken, clock, monkeypatch, meanwhile, tmp_path
):
    refresh_segment(segment)
    taken()
    clock.advance(hours=1)

    def act():
        if meanwhile == "forgotten":
            call_command("export_snapshot", where.snapshot, forget=True)
        a_leaves_and_c_comes()
        clock.advance(hours=1)
        if meanwhile == "another export":
            taken()
            forget_seen()
        if meanwhile == "a week":
            clock.advance(days=7)
            forget_seen()
        if meanwhile == "everybody":
            Website.objects.update(timezone="Asia/Tokyo")
            process_changes()

    with between(monkeypatch, act):
        run = refresh_segment(segment, where=where)
    assert (run.state, run.engine, run.entered, run.left) == ("completed", "", 0, 0)
    assert is_right(segment)


def test_who_has_changed_is_not_forgotten_while_members_are_written(
    segment, where, taken, monkeypatch
):
    refresh_segment(segment)
    manifest = taken()
    with transaction.atomic():
        since_snapshot.changed_or_moved(rule_of(segment), manifest.as_of, now())
        other = connections.create_connection("default")
        with closing(other), other.cursor() as cursor:
            cursor.execute("SET lock_timeout = 100")
            with pytest.raises(DatabaseError, match="lock timeout"):
                cursor.execute("DELETE FROM customers_snapshot")


@pytest.mark.parametrize("kind", ["new", "edited", "manual"])
def test_whose_marks_a_batch_is_just_taking_off_are_judged(
    shop, where, taken, clock, make_segment, monkeypatch, kind
):
    handling = {"refresh_mode": "manual"} if kind == "manual" else {}
    refresh_segment(make_segment("Other", [condition("customer.email", "contains", "shop")]))
    first = [condition("customer.first_name", "is", "Ann")]
    segment = make_segment("First", first, handling=handling)
    refresh_segment(segment)
    taken()
    clock.advance(hours=1)
    Customer.objects.filter(external_id="a").update(email="a@shop.org")
    Customer.objects.filter(external_id="c").update(email="c@shop.com")
    at_work, done = Event(), Event()
    judge = changed_customers.bring_up_to_date

    def slow(*args, **options):
        found = judge(*args, **options)
        at_work.set()
        assert done.wait(WAIT)
        return found

    def batch():
        monkeypatch.setattr(changed_customers, "bring_up_to_date", slow)
        process_batch()

    def refresh():
        nonlocal segment
        assert at_work.wait(WAIT)
        monkeypatch.setattr(changed_customers, "bring_up_to_date", judge)
        if kind == "new":
            segment = make_segment("Com", [COM])
        else:
            save(segment, {"match": "all", "conditions": [COM]})
            segment.refresh_from_db()
        try:
            assert refresh_segment(segment, where=where).engine == "duckdb"
        finally:
            done.set()

    at_once(batch, refresh)
    process_changes()
    assert stored(segment) == {"b", "c"}
    assert is_right(segment)


def test_of_a_manual_segment_whoever_is_marked_is_judged(shop, where, taken, clock, make_segment):
    segment = make_segment("Com", [COM], handling={"refresh_mode": "manual"})
    refresh_segment(segment)
    taken()
    clock.advance(hours=1)
    Customer.objects.filter(external_id="a").update(email="a@shop.org")
    Customer.objects.filter(external_id="c").update(email="c@shop.com")
    assert refresh_segment(segment, where=where).engine == "duckdb"
    assert stored(segment) == {"b", "c"}
    Website.objects.update(timezone="Asia/Tokyo")  # A mark of everybody.
    assert refresh_segment(segment, where=where).engine == ""


def test_clocks_of_machines_that_differ_are_nobody_s_loss(
    segment, where, taken, clock, monkeypatch
):
    refresh_segment(segment)
    skew = timedelta(seconds=30)
    there = clock()
    clock.advance(seconds=30)  # Whoever exports is ahead.
    monkeypatch.setattr(product_clock, "ahead_of_database", lambda cursor: skew)
    assert taken().as_of == there
    clock.advance(seconds=-60)  # Whoever processes changes is behind.
    monkeypatch.setattr(since_snapshot, "ahead_of_database", lambda cursor: -skew)
    a_leaves_and_c_comes()
    clock.advance(seconds=30)
    assert refresh_segment(segment, where=where).engine == "duckdb"
    assert stored(segment) == {"b", "c"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"engine": "duckdb"}, "Say where the snapshot is"),
        ({"engine": "duckdb", "snapshot": "/no/such/place"}, "snapshot"),
        ({"snapshot": "/no/such/place"}, "Name an engine"),
        ({"engine": "duckdb", "snapshot": "x", "as_of": "2024-01-01T00:00:00Z"}, "--as-of"),
    ],
)
def test_the_command_says_what_is_missing(segment, options, said):
    with pytest.raises(CommandError, match=said):
        call_command("refresh_segments", segment.code, **options)


def test_an_engine_that_was_asked_for_and_fails_is_nothing_against_the_segment(
    segment, where, taken, capsys
):
    refresh_segment(segment)
    manifest = taken()
    waiting = request_refresh(segment)
    Path(where.snapshot, manifest.tables["customers_customer"].files[0].path).unlink()
    for _time in range(project.QUARANTINE_FAILURES):
        with pytest.raises(CommandError, match="Failed"):
            call_command("refresh_segments", "--all", engine="duckdb", snapshot=where.snapshot)
    segment.refresh_from_db()
    assert (segment.failures_count, segment.quarantined_at) == (0, None)
    assert "is not there" in segment.runs.filter(outcome="failed").latest("pk").error
    assert "is not there" in capsys.readouterr().err
    assert execute_run(waiting).state == "completed"


def test_the_command_tells_of_codes_that_no_segment_has(segment, settings, capsys):
    settings.REFRESH_ENGINE, settings.SHOP_SNAPSHOT = "duckdb", "/no/such/place"
    settings.REFRESH_ENGINE_SEGMENTS = ["mistyped", segment.code]
    call_command("refresh_segments", segment.code)
    assert "REFRESH_ENGINE_SEGMENTS: no segment is called mistyped" in capsys.readouterr().err


def test_the_command_says_who_has_found_the_members(segment, where, taken, capsys):
    taken()
    call_command("refresh_segments", "--all", engine="duckdb", snapshot=where.snapshot)
    assert "2 members" in capsys.readouterr().out
    Website.objects.update(timezone="Asia/Tokyo")
    process_changes()
    call_command("refresh_segments", segment.code, engine="duckdb", snapshot=where.snapshot)
    assert "found in the database, not by duckdb" in capsys.readouterr().out
