"""Members follow the app's rows, whatever program writes them."""

import pytest
from django.db import connection

from segments.editing.saving import create_segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition, Handling
from segments.tests.engine.harness import is_right, marks, settle, stored
from tests.loyalty.models import LoyaltyAccount
from tests.loyalty.tests.rows import NOW, entry, is_, tree


@pytest.fixture
def kept_current(shop, monkeypatch):
    """Return a function that makes a segment which follows from now on."""
    monkeypatch.setattr(
        "segments.engine.refreshes.runs.current_app.send_task", lambda name, args: None
    )

    def make(*nodes):
        definition = Definition(name="Loyal", conditions=tree(*nodes))
        segment = create_segment(definition, Handling(), code="loyal", author=None).segment
        assert refresh_segment(segment).state == "completed"
        settle()
        assert stored(segment) == set()
        return segment

    return make


def by_hand(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def gold(customer):
    LoyaltyAccount.objects.filter(customer=customer).update(tier="gold")


def gold_by_hand(customer):
    by_hand("UPDATE loyalty_loyaltyaccount SET tier = 'gold' WHERE customer_id = %s", customer.pk)


def another_entry(customer):
    entry(customer, points=5)


def another_entry_by_hand(customer):
    by_hand(
        "INSERT INTO loyalty_pointsentry (customer_id, points, reason, reason_folded, at)"
        " VALUES (%s, 50000, '', '', %s)",
        customer.pk,
        NOW,
    )


@pytest.mark.parametrize(
    ("node", "change"),
    [
        (is_("loyalty.tier", "gold"), gold),
        (is_("loyalty.tier", "gold"), gold_by_hand),
        (is_("points_entry.points", 5), another_entry),
        (is_("points_entry.points", 5), another_entry_by_hand),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_members_follow_whatever_is_written_without_a_refresh(shop, kept_current, node, change):
    ann, _bob = (shop(name, points=1, tier="silver") for name in ("ann", "bob"))
    segment = kept_current(node)
    change(ann)
    assert {customer for customer, _segment in marks()} == {ann.pk}
    settle()
    assert stored(segment) == {"ann"}
    assert is_right(segment)
    # And out again.
    LoyaltyAccount.objects.all().delete()
    by_hand("DELETE FROM loyalty_pointsentry")
    settle()
    assert stored(segment) == set()
