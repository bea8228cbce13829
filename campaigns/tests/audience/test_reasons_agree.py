"""SQL judges everybody for a campaign as Python judges each just before their mail leaves."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as generating
from hypothesis import strategies as st

from campaigns.audience.recipients import JUDGED, judged_recipients
from campaigns.audience.scope import resolve_scope
from campaigns.consent.addresses import hash_of
from campaigns.consent.eligibility import known_of, reason_against
from campaigns.models import Message, MessageState, Reason, Suppression, SuppressionReason
from campaigns.tests.conftest import AT
from customers.models import Customer, NewsletterSubscription, Store
from customers.models.identity.newsletter import SubscriptionStatus
from tests.tiers import examples

pytestmark = pytest.mark.django_db

ADDRESSES = ["a@bücher.example", "A@xn--bcher-kva.example", "b@shop.example"]
MOMENTS = st.integers(-1, 1).map(lambda hours: AT + timedelta(hours=hours))
# Most people may get mail: what is found against somebody early hides what comes later.
SUBSCRIBED = SubscriptionStatus.SUBSCRIBED
UNSUBSCRIBED = SubscriptionStatus.UNSUBSCRIBED
STATUSES = st.sampled_from([*[SUBSCRIBED] * 4, *[UNSUBSCRIBED] * 2, SubscriptionStatus.NOT_ACTIVE])
PERSON = st.fixed_dictionaries(
    {
        "email": st.sampled_from([*ADDRESSES * 3, "", "nowhere"]),
        "is_active": st.sampled_from([*[True] * 9, False]),
        "accepts_marketing": st.sampled_from([*[None, True] * 4, False]),
        "subscription": st.tuples(STATUSES, MOMENTS),
        "got": st.integers(0, 2),
    }
)
REASONS = st.sampled_from([SuppressionReason.ERASED, SuppressionReason.COMPLAINT])
SUPPRESSIONS = st.lists(st.tuples(st.sampled_from(ADDRESSES), REASONS, MOMENTS), max_size=2)


@pytest.mark.both
@generating(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(PERSON, min_size=2, max_size=6), suppressions=SUPPRESSIONS)
def test_sql_and_python_give_the_same_reason(
    people, suppressions, make_campaign, make_customer, clock, settings
):
    clock.at, settings.MAIL_MAX_PER_CUSTOMER_WEEK = AT, 2
    with transaction.atomic():
        store = Store.objects.get(code="default")
        for number, person in enumerate(people):
            status, at = person.pop("subscription")
            got = person.pop("got")
            customer = make_customer(str(number), **person)
            NewsletterSubscription.objects.create(
                customer=customer, store=store, status=status, status_changed_at=at
            )
            for _message in range(got):
                Message.objects.create(
                    kind="campaign",
                    customer=customer,
                    store=store,
                    state=MessageState.SENT,
                    due_at=AT,
                    claimed_at=AT - timedelta(days=1),
                )
        for address, reason, at in suppressions:
            Suppression.objects.update_or_create(
                address_hash=hash_of(address), defaults={"reason": reason, "at": at}
            )
        in_sql = reasons_in_sql(make_campaign())
        standing = NewsletterSubscription.objects.standing().select_related("customer")
        known = known_of(list(Customer.objects.all()), AT)
        for row in standing:
            one, many = (
                reason_against(row.customer, row, AT, respects_holdout=False, known=asked)
                for asked in (None, known)
            )
            assert one == many == in_sql.pop(row.customer_id)
        assert not in_sql
        transaction.set_rollback(True)


def reasons_in_sql(campaign):
    """Return the reasons by customer; one mail for an address is not about the customer."""
    with (
        judged_recipients(campaign, resolve_scope(campaign), AT, 2),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT customer_id, reason FROM {JUDGED}")
        found = dict(cursor.fetchall())
    return {key: None if why == Reason.SAME_ADDRESS else why for key, why in found.items()}
