"""Unsubscriptions that were made here, and a shop's database that does not have them."""

import pytest

from core.clock import now
from customers.models import Customer, NewsletterSubscription, Store
from customers.models.newsletter import SubscriptionStatus
from integrations.magento.tests.test_changes import follow
from integrations.shops.tests.databases import made_database
from integrations.shops.tests.questions import needs_shops

pytestmark = [needs_shops, pytest.mark.once]
REFUSED = SubscriptionStatus.UNSUBSCRIBED


@pytest.fixture
def shop(db, tmp_path, settings):
    settings.BASE_CURRENCY, settings.SHOP_RATES = "EUR", []
    for made in made_database("import_maho", tmp_path):
        settings.MAHO_DATABASE_URL = made.url
        made.load("maho")
        yield made


def subscribe(shop, number, customer, status, at):
    """Replace what the shop has of a customer's subscriptions by one of its first store."""
    shop.sql(
        f"DELETE FROM newsletter_subscriber WHERE customer_id = {customer};"
        "INSERT INTO newsletter_subscriber SELECT"
        f" {number}, 1, '{at}', entity_id, email, {status} FROM customer_entity"
        f" WHERE entity_id = {customer}"
    )


def test_shop_takes_back_its_own_unsubscriptions_only(shop):
    """Catches a run that deletes the "no" of our own link, because the shop lists no such row.

    Also a run that keeps what only the shop has said, or forgets what was said here since.
    """
    here, there, both, late = 11, 13, 15, 17
    subscribe(shop, 9_000_001, here, 1, "2024-01-01")
    for number, one in enumerate((there, both, late), 9_000_002):
        subscribe(shop, number, one, 3, "2024-01-01")
    follow(shop)
    rows = NewsletterSubscription.objects.filter(status=REFUSED)
    customer = Customer.objects.get(external_id=here)
    # Our link ends the subscriptions to all stores, also to those without a row so far.
    for store in Store.objects.all():
        NewsletterSubscription.objects.update_or_create(
            customer=customer,
            store=store,
            defaults={"status": REFUSED, "status_changed_at": now()},
        )
    count = rows.filter(customer=customer).count()
    rows.filter(customer__external_id__in=[both, late]).update(status_changed_at=now())
    follow(shop, "--full")
    shop.sql("DELETE FROM newsletter_subscriber WHERE subscriber_id > 9000000")
    # A consent that is older than the refusal, which the shop has had without a time.
    subscribe(shop, 9_000_005, late, 1, "2020-01-01")
    follow(shop)
    refused = [*rows.order_by("customer").values_list("customer__external_id", flat=True)]
    assert {str(one): refused.count(str(one)) for one in (here, there, both, late)} == {
        "11": count,
        "13": 0,
        "15": 1,
        "17": 1,
    }
