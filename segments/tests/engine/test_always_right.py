"""Whatever happens, in any order: once the queues are empty, membership is what it should be.

Events, floods, steps of the clock, edits, decisions by hand, log-ins of guests and refreshes come
in any order, and runs end in every way. After each of them a segment that says it is current must
have the members whom the evaluator finds, and the change log must lead there.
"""

import os
import random
from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conditions import registry
from conditions.evaluator.facts import Facts, FactStore
from conditions.language.operators import Takes
from conditions.language.types import DATE, DATETIME
from conditions.language.windows import PERIODS, LocalClock
from conditions.tests.examples.random_ranks import ranks
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import every_attribute, trees
from customers.imports.named.named_customers import By, Name, Names
from customers.merging import merge_guest
from customers.models import Customer, DirtyCustomer, Website
from segments.editing.activation import set_active
from segments.editing.lists import Verb, change_list
from segments.editing.overrides import remove_override, set_override
from segments.editing.saving import create_segment, save_segment
from segments.engine import measuring
from segments.engine.live_changes import costly_segments
from segments.engine.live_changes.changed_customers import process_batch
from segments.engine.live_changes.costly_segments import process_costly
from segments.engine.live_changes.passing_time import sweep
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import cancel_run
from segments.models import RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition, Handling, definition_of
from segments.rules.evaluation.rule import rule_of
from segments.tests.changing_shop import change
from segments.tests.engine.harness import fail
from tests.tiers import examples

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", examples(12)))
STEPS = int(os.environ.get("MACHINE_STEPS", "12"))
# How often marks of one round may lead to runs of the next.
MOST_ROUNDS = 10
START = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)


def clock_operators(type_):
    relative = {Takes.DAYS, Takes.HOURS, Takes.PERIOD, Takes.ANNIVERSARY_DAYS}
    return [one for one in type_.operators.values() if one.takes in relative]


@st.composite
def clock_conditions(draw):
    """Draw a condition that is relative to the clock, at a customer or in a relation group."""
    dated = [a for a in registry.attributes() if a.type in (DATE, DATETIME)]
    counted = [a for a in registry.attributes() if a.moves]
    attribute = draw(st.sampled_from([*dated, *counted]))
    if attribute in counted:
        condition = {
            "attribute": attribute.code,
            "operator": draw(st.sampled_from(["gte", "lte", "is", "is_not"])),
            "value": draw(st.sampled_from([0, 1, 7, 30, 31])),
        }
    else:
        operator = draw(st.sampled_from(clock_operators(attribute.type)))
        value = (
            draw(st.sampled_from(sorted(PERIODS)))
            if operator.takes is Takes.PERIOD
            else draw(st.sampled_from([0, 1, 7, 24, 30, 31]))
        )
        condition = {"attribute": attribute.code, "operator": operator.name, "value": value}
    if attribute.relation is None or draw(st.booleans()):
        return condition
    return {
        "relation": attribute.relation,
        "aggregate": "count",
        "operator": draw(st.sampled_from(["gte", "lte", "is"])),
        "value": draw(st.sampled_from([0, 1, 2])),
        "match": "all",
        "conditions": [condition],
    }


MOVING = st.lists(clock_conditions(), min_size=1, max_size=2).flatmap(
    lambda found: st.sampled_from(["all", "any", "none"]).map(
        lambda match: {"match": match, "conditions": found}
    )
)
POPULATIONS = st.sampled_from([{}, {"among": {"segment": "s3"}}, {"among": {"segment": "base"}}])
RANKS = st.deferred(lambda: ranks(every_attribute()))
RANKED = st.tuples(st.sampled_from(["all", "none"]), RANKS, POPULATIONS).map(
    lambda drawn: {"match": drawn[0], "conditions": [drawn[1] | drawn[2]]}
)
TREES = st.one_of(trees(depth=2), MOVING, RANKED)
CLOCK_STEPS = [
    timedelta(seconds=1),
    timedelta(seconds=59),
    timedelta(hours=1),
    timedelta(hours=7),
    timedelta(days=1),
    timedelta(days=2, hours=3),
    timedelta(days=29),
    timedelta(days=200),
]


class Shop(RuleBasedStateMachine):
    """A shop with some segments, a list (`s3`), and one that refers to others.

    Segments that compare customers do so among all, those on the list, or those of `base`.
    """

    clock = START

    def __init__(self):
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        type(self).clock = START
        self.happened = []

    def teardown(self):
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(seed=st.integers(1, 5), data=st.data())
    def open(self, seed, data):
        awkward_shop(seed, customers=12).store()
        # What others refer to comes first.
        listed = Definition("List", applies_to="both")
        create_segment(listed, Handling(refresh_mode="list"), code="s3", author=None)
        base = Definition("Base", conditions=data.draw(MOVING), applies_to="both")
        create_segment(base, code="base", author=None)
        for number in range(3):
            tree = data.draw(TREES)
            create_segment(
                Definition(f"Segment {number}", conditions=tree, applies_to="both"),
                code=f"s{number}",
                author=None,
            )
        above = {
            "match": "any",
            "conditions": [
                {"attribute": "segment", "operator": "is", "value": "s0"},
                {"attribute": "segment", "operator": "is_not", "value": "s3"},
            ],
        }
        create_segment(Definition("Above", conditions=above), code="above", author=None)
        sweep()
        for segment in Segment.objects.all():
            refresh_segment(segment)
        self.settle()

    @rule(seed=st.integers(0, 2**32), number=st.integers(1, 4))
    def shop_goes_on(self, seed, number):
        rng = random.Random(seed)
        self.happened += [change(rng, self.clock) for _ in range(number)]
        self.settle()

    @rule(step=st.sampled_from(CLOCK_STEPS))
    def time_passes(self, step):
        type(self).clock += step
        self.happened.append(f"{self.clock}")
        self.settle()

    @rule(step=st.sampled_from(CLOCK_STEPS), seed=st.integers(0, 2**32))
    def something_happens_before_the_clock_is_looked_at(self, step, seed):
        self.happened.append(change(random.Random(seed), self.clock))
        type(self).clock += step
        self.happened.append(change(random.Random(seed + 1), self.clock))
        self.settle()

    @rule(seed=st.integers(0, 2**32), end=st.sampled_from(["cancelled", "failed", "deleted"]))
    def so_much_happens_that_all_is_refreshed_and_the_runs_end_in_nothing(self, seed, end):
        rng = random.Random(seed)
        self.happened += [change(rng, self.clock) for _ in range(12)]
        Website.objects.filter(pk=Website.objects.order_by("pk")[0].pk).update(
            timezone=rng.choice(["UTC", "Europe/Berlin", "Pacific/Apia"])
        )
        self.work_in_changes()
        for run in RefreshRun.objects.unfinished().order_by("pk"):
            if rng.random() < 0.9:
                self.happened.append(f"the run of {run.segment.code} {end}")
                end_without_writing(run, end)
        self.settle()

    @precondition(lambda self: Customer.objects.filter(kind="guest").exists())
    @rule(seed=st.integers(0, 2**32))
    def a_guest_logs_in(self, seed):
        rng = random.Random(seed)
        guest, customer = (
            rng.choice(list(Customer.objects.filter(kind=kind).order_by("pk")) or [None])
            for kind in ("guest", "registered")
        )
        if customer is not None:
            merge_guest(guest, customer, at=self.clock)
            self.happened.append(f"{guest.pk} became {customer.pk}")
        self.settle()

    @rule(number=st.integers(0, 3))
    def somebody_switches(self, number):
        segment = Segment.objects.get(code=f"s{number}")
        set_active([segment], not segment.is_active)
        self.happened.append(f"s{number} switched")
        self.settle()

    @rule(number=st.integers(0, 2), tree=TREES, refreshed=st.booleans())
    def somebody_edits(self, number, tree, refreshed):
        segment = Segment.objects.get(code=f"s{number}")
        definition = definition_of(segment)
        save_segment(
            segment,
            Definition(definition.name, conditions=tree, applies_to="both"),
            author=None,
        )
        self.happened.append(f"s{number} is {tree}")
        if refreshed and segment.is_active:
            refresh_segment(segment)
            refresh_segment(Segment.objects.get(code="above"))
        self.settle()

    @rule(number=st.integers(0, 3))
    def somebody_refreshes(self, number):
        segment = Segment.objects.get(code=f"s{number}")
        if segment.is_active:
            refresh_segment(segment)
        self.happened.append(f"s{number} refreshed")
        self.settle()

    @rule(verb=st.sampled_from(Verb), seed=st.integers(0, 2**32))
    def somebody_changes_the_list(self, verb, seed):
        numbers = list(Customer.objects.order_by("pk").values_list("external_id", flat=True))
        chosen = random.Random(seed).sample(numbers, seed % (len(numbers) + 1))
        names = Names(By.ID, [Name(line, number) for line, number in enumerate(chosen)])
        change_list(Segment.objects.get(code="s3"), verb, names, author=None)
        self.happened.append(f"{verb} {chosen} on the list")
        self.settle()

    @precondition(lambda self: Customer.objects.exists())
    @rule(number=st.integers(0, 3), seed=st.integers(0, 2**32))
    def somebody_decides(self, number, seed):
        segment = Segment.objects.get(code=f"s{number}")
        override = segment.overrides.first()
        if override is not None and seed % 2:
            remove_override(override)
        else:
            customer = random.Random(seed).choice(list(Customer.objects.order_by("pk")))
            kind = ["include", "exclude"][seed % 3 == 0]
            set_override(segment, customer, kind, author=None)
            self.happened.append(f"{customer.pk} {kind} in s{number}")
        self.settle()

    def work_in_changes(self):
        sweep()
        while process_batch() or process_costly():
            pass

    def settle(self):
        """Let the queues run empty, then compare whoever says that they are current."""
        for _round in range(MOST_ROUNDS):
            self.work_in_changes()
            runs = list(RefreshRun.objects.unfinished())
            for run in runs:
                ended = execute_run(run)
                assert ended.state == ("completed" if ended.segment.is_active else "cancelled")
            if not runs:
                break
        assert not DirtyCustomer.objects.exists()
        people = list(
            Customer.objects.select_related("website", "store", "group", "wishlist").order_by("pk")
        )
        store = FactStore(people)
        for segment in Segment.objects.automatic():
            if segment.is_stale:
                continue
            judged = rule_of(segment)
            wanted = {
                one.pk
                for one in people
                if judged.holds(Facts(one, LocalClock(self.clock, one.website.timezone), store))
            }
            stored = set(segment.memberships.values_list("customer_id", flat=True))
            assert stored == wanted, (segment.code, segment.conditions, self.happened[-3:])
            assert replayed(segment) == stored
            assert segment.members_count == len(stored)


def is_s1(rule):
    return Segment.objects.filter(pk=rule.segment_id, code="s1").exists()


def end_without_writing(run, end):
    if end == "cancelled":
        cancel_run(run)
    elif end == "failed":
        fail(run)
    else:
        run.delete()


def replayed(segment):
    """Return whom the change log leaves as members; each change must be a real one."""
    inside = set()
    for customer, kind in segment.changes.order_by("sequence").values_list("customer_id", "kind"):
        assert (customer in inside) == (kind == "left"), (segment.code, customer, kind)
        inside ^= {customer}
    return inside


def test_membership_is_right_after_whatever_happened(monkeypatch, settings):
    monkeypatch.setattr(timezone, "now", lambda: Shop.clock)
    # One of them is costly.
    settings.COSTLY_SECONDS = 1.0
    monkeypatch.setattr(measuring, "seconds_for_a_batch", lambda rule, **limits: 2.0 * is_s1(rule))
    monkeypatch.setattr(costly_segments, "rest_of", lambda seconds: timedelta(0))
    run_state_machine_as_test(
        Shop,
        settings=hypothesis.settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            # What a failing example says is plain enough; to make it smaller takes minutes.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
