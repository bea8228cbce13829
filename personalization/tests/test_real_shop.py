"""A sample of a real shop: its sessions, the engagement of a customer, and the stored profiles."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command

from core import clock
from customers.models import Customer
from personalization.behavior.activity import done_by
from personalization.engagement import engagement, format_points
from personalization.models import CustomerProfile
from personalization.profiles import live
from personalization.profiles.writing import figures_of
from personalization.sessions import cut_sessions, sessions_of
from segments.engine.live_changes.changed_customers import process_changes
from tests.factories.shops import DATA

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.exhaustive,
    pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there"),
]


def test_a_real_shop_has_its_sessions(rees46):
    customers = list(Customer.objects.values_list("pk", flat=True))
    sessions = {one: cut_sessions(done) for one, done in done_by(customers).items()}
    every = [session for each in sessions.values() for session in each]

    assert len(customers) == 4_504
    assert len(every) == 4_518
    assert sum(1 for one in every if one.activities == 1) == 1_666
    assert max(one.activities for one in every) == 51
    assert sum(one.seconds for one in every) == 793_171
    assert sum(1 for each in sessions.values() if len(each) > 1) == 14


def test_a_customer_of_a_real_shop(rees46):
    customer = Customer.objects.get(external_id="515136153")

    found = engagement(customer, as_of=datetime(2019, 10, 1, 12, tzinfo=UTC))

    assert format_points(found.raw) == "50.025100"
    assert found.score == Decimal("71.4")


def test_a_real_shop_is_stored_as_its_rows_say(rees46):
    process_changes()
    live.follow()
    call_command("check_personalization")

    assert sum(CustomerProfile.objects.values_list("sessions_count", flat=True)) == 4_518
    keys = list(Customer.objects.values_list("pk", flat=True)[:50])
    at = clock.now()
    for key in keys:
        customer = Customer.objects.get(pk=key)
        assert figures_of([key], at)[key].sessions_count == len(sessions_of(customer))
        assert done_by([key])
