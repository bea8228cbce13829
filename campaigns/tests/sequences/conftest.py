"""A segment that customers enter and leave by hand, and sequences that follow it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns.editing.sequences import (
    SequenceDefinition,
    StepDefinition,
    create_sequence,
    save_sequence,
    sequence_definition,
)
from campaigns.models import Message, Run
from campaigns.sequences import advance
from price_rules.definition import Definition as RuleDefinition
from price_rules.editing.saving import create_rule
from segments.editing.overrides import remove_override, set_override
from segments.models import MembershipOverride, OverrideKind
from segments.refresh import refresh_segment

NOBODY = {"attribute": "customer.email", "operator": "is", "value": "nobody@nowhere.example"}


@pytest.fixture
def segment(db, own_changes_are_read, clock, sender, make_segment, make_template):
    """A segment of whoever is put into it; templates `one`, `two`, `three`."""
    for code in ("one", "two", "three"):
        make_template(code, subject=code)
    segment = make_segment("Carts", [NOBODY], code="carts", applies_to="both")
    refresh_segment(segment)
    return segment


@pytest.fixture
def enter(segment):
    """Return a function that has customers enter, by hand, and sequences advance."""

    def enter(*customers):
        for one in customers:
            set_override(segment, one, OverrideKind.INCLUDE, author=None)
        advance()

    return enter


@pytest.fixture
def leave(segment):
    """Return a function that has customers leave, and sequences advance."""

    def leave(*customers):
        for one in customers:
            found = MembershipOverride.objects.get(segment=segment, customer=one)
            remove_override(found, author=None)
        advance()

    return leave


@pytest.fixture
def make_sequence(segment):
    """Return a function that stores an active sequence; its steps are due after so many hours."""

    def make(*hours, trigger="enter", **values):
        codes = ("one", "two", "three")
        steps = [
            StepDefinition(
                number=place + 1, delay_minutes=60 * hour, template=codes[place % len(codes)]
            )
            for place, hour in enumerate(hours)
        ]
        definition = SequenceDefinition(
            **(
                {"segment": "carts", "trigger": trigger, "is_active": True, "steps": tuple(steps)}
                | values
            )
        )
        return create_sequence(definition, author=None)

    return make


@pytest.fixture
def change(segment):
    """Return a function that stores a sequence with other values."""

    def change(sequence, **values):
        definition = sequence_definition(sequence)
        wanted = SequenceDefinition(**(vars(definition) | values))
        return save_sequence(sequence, wanted, author=None)

    return change


@pytest.fixture
def rule(db):
    """A price rule with generated coupons."""
    definition = RuleDefinition(name="Ten", label={}, value=Decimal(10), coupon="generated")
    return create_rule("ten", definition, author=None).rule


def states(**filters):
    """Return step, state and reason of messages, in the order in which they were made."""
    rows = Message.objects.filter(**filters).order_by("pk")
    return list(rows.values_list("step", "state", "reason"))


def dues(since, **filters):
    """Return after how many hours messages are due."""
    rows = Message.objects.filter(**filters).order_by("pk")
    return [(row.due_at - since) / timedelta(hours=1) for row in rows]


def runs(sequence):
    """Return state and reason of the runs of a sequence, in their order."""
    rows = Run.objects.filter(sequence=sequence).order_by("pk")
    return list(rows.values_list("state", "reason"))
