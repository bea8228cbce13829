"""Rows that are gone from a shop's database, and what was stored here beside them."""

import uuid

import pytest

from core.clock import now
from customers.guests import guest_number
from customers.imports.plan import ImportPlan
from customers.imports.shop_csv import import_shop
from customers.models import Address, Customer, NewsletterSubscription
from customers.models.identity.newsletter import SubscriptionStatus
from integrations.shops.converting.conversion import Conversion
from integrations.shops.databases.deletions import delete_gone_rows
from integrations.shops.reader import conversion_options
from integrations.shops.sources import note_source

pytestmark = [pytest.mark.django_db, pytest.mark.once]
YES, NO = SubscriptionStatus.SUBSCRIBED, SubscriptionStatus.UNSUBSCRIBED
AT = "2020-01-01"
# As conversions write times.
EARLY, LATER = "2024-01-01 00:00:00", "2025-01-01 00:00:00"
ACCOUNTS = ("id", "kind", "email", "registered_at")


@pytest.fixture
def follow(tmp_path):
    """Return what runs over a shop's database with these rows: tables, each a list of rows."""

    def run(**tables):
        folder = tmp_path / uuid.uuid4().hex
        folder.mkdir()
        plan = ImportPlan(source="shop")
        conversion = Conversion([], plan, conversion_options({}, ""), folder)
        for name, (columns, *rows) in tables.items():
            table = conversion.open_table(name, [], columns)
            for row in rows:
                table.write(dict(zip(columns, row, strict=True)), -1, 0)
                if name == "customers" and row[1] == "registered":
                    conversion.scratch.add_account(row[0], row[2])
        conversion.close()

        def finish(report):
            delete_gone_rows(conversion, note_source("shop", ""), None, allows_many=False)

        import_shop(folder, before_commit=finish)
        conversion.release()

    return run


def test_shop_takes_back_its_own_unsubscriptions_only(follow):
    """Catches a run that deletes the "no" of our own link, because the shop lists no such row.

    The shop has never had a "no" of the customer, has had one before a consent (`consented`), or
    one that it has not stated since (`silent`) or has (`repeated`). Also catches a run that keeps
    what only the shop has said, once or with a later time.
    """
    first = dict.fromkeys(("once", "later", "consented", "silent"), (NO, EARLY))
    first |= {"linked": (YES, EARLY), "repeated": (NO, EARLY)}

    def run(statements):
        follow(
            stores=(("code", "name", "website"), ("default", "Default", "default")),
            customers=(ACCOUNTS, *((one, "registered", f"{one}@a.example", AT) for one in first)),
            newsletter_subscriptions=(
                ("customer", "status", "status_changed_at", "store"),
                *((one, *statement, "default") for one, statement in statements.items()),
            ),
        )

    def refuse_here(*numbers):
        rows = NewsletterSubscription.objects.filter(customer__external_id__in=numbers)
        assert rows.update(status=NO, status_changed_at=now()) == len(numbers)

    run(first)
    refuse_here("linked", "silent", "repeated")
    run(
        {one: first[one] for one in ("once", "linked", "repeated")}
        | {"later": (NO, LATER), "consented": (YES, LATER)}
    )
    refuse_here("consented")
    run({})
    refused = NewsletterSubscription.objects.filter(status=NO)
    assert {*refused.values_list("customer__external_id", flat=True)} == {
        *("linked", "consented", "silent", "repeated")
    }


def test_account_has_no_address_of_its_guest(follow):
    """Catches a run that keeps a guest's address for an account that has none in the shop.

    A later import would delete it, although nothing has changed in the shop.
    """
    email = "ann@a.example"
    guest = (guest_number(email), "guest", email, AT)
    follow(
        customers=(ACCOUNTS, guest),
        addresses=(("customer", "city"), (guest[0], "Ulm")),
    )
    assert Address.objects.get().city == "Ulm"
    follow(customers=(ACCOUNTS, ("7", "registered", email, AT)), addresses=(("customer", "city"),))
    assert [*Customer.objects.values_list("external_id", flat=True)] == ["7"]
    assert not Address.objects.exists()
