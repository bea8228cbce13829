"""Whatever is written, purged, erased and read, in any order: one meaning, in partitions or not.

The same steps run on PostgreSQL and on SQLite, each against a list in Python.
"""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segments.engine.maintenance import keep_partitions
from segments.engine.members.change_log import purge_changes
from segments.engine.members.erased_customers import changes_of
from segments.models import MembershipChange, Watermark
from segments.models.work.watermark import Work
from segments.tests.engine.harness import eventually
from segments.tests.engine.partitions.log import told, write
from tests.tiers import examples

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 4, 10, tzinfo=UTC)
DAY = timedelta(days=1)
PEOPLE = 3

STEPS = st.one_of(
    # How many, whose, and by how many days the writer's clock is behind.
    st.tuples(
        st.just("write"), st.integers(1, 30), st.integers(1, PEOPLE), st.sampled_from([0, 0, 3])
    ),
    st.tuples(st.just("give up"), st.integers(1, 25)),
    st.tuples(st.just("wait"), st.integers(1, 4)),
    st.tuples(st.just("purge"), st.integers(0, 6)),
    st.tuples(st.just("keep")),
    st.tuples(st.just("erase"), st.integers(1, PEOPLE)),
    st.tuples(st.just("read"), st.floats(0, 1)),
)


class Log:
    """The change log as a list of (number, time, customer), and up to where it is purged."""

    def __init__(self, segment):
        self.segment, self.at = segment, START
        self.rows: list[tuple[int, datetime, int | None]] = []
        self.purged = 0
        self.newest = 0

    def do(self, what, *how):
        getattr(self, f"_{what.replace(' ', '_')}")(*how)
        kept = MembershipChange.objects.filter(sequence__gt=self.purged).order_by("sequence")
        assert list(kept.values_list("sequence", "at", "customer_id")) == self.rows
        assert told(None) == [number for number, _at, _customer in self.rows]

    def _write(self, count, customer, days_behind):
        at = self.at - days_behind * DAY
        for number in write(self.segment, [at] * count, customer):
            assert number > self.newest
            self.rows.append((number, at, customer))
            self.newest = number

    def _give_up(self, count):
        with transaction.atomic():
            write(self.segment, [self.at] * count)
            transaction.set_rollback(True)

    def _wait(self, days):
        self.at += days * DAY

    def _purge(self, days):
        before = self.at - days * DAY
        kept = next((n for n, row in enumerate(self.rows) if row[1] >= before), len(self.rows))
        gone, self.rows = self.rows[:kept], self.rows[kept:]
        if gone:
            self.purged = gone[-1][0]
        assert purge_changes(before=before) == len(gone)

    def _keep(self):
        keep_partitions()

    def _erase(self, customer):
        person = SimpleNamespace(pk=customer, numbers={f"C{customer}"})
        changes_of(person).update(customer_id=None, customer_external_id=None)
        self.rows = [
            (number, at, None if whose == customer else whose) for number, at, whose in self.rows
        ]

    def _read(self, part):
        """Read from a cursor, any from before the first change to the last."""
        cursor = round(self.newest * part)
        later = [number for number, _at, _customer in self.rows if number > cursor]
        assert told(cursor) == (None if cursor < self.purged else later)


@pytest.fixture
def segment(make_segment):
    return make_segment()


@given(steps=st.lists(STEPS, min_size=4, max_size=14))
@settings(
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_log_is_what_was_written_and_not_purged(segment, small, steps):
    MembershipChange.objects.all()._raw_delete("default")
    Watermark.objects.filter(name=Work.PURGE).delete()
    small(20)
    log = Log(segment)

    for what, *how in steps:
        log.do(what, *how)

    # Where somebody was in the way, a later look deletes it.
    purged = MembershipChange.objects.filter(sequence__lte=log.purged)
    eventually(lambda: keep_partitions() or not purged.exists())
