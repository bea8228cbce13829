"""A customer's page Privacy says that their address is suppressed, since when and why."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from campaigns.consent.suppression import suppress
from campaigns.models import SuppressionReason
from customers.models import NewsletterSubscription
from customers.tests.rows import AT, a_customer

pytestmark = pytest.mark.django_db
PRIVACY = "admin:customers_customer_privacy"
NO_MAIL = "The address gets no mail, whatever is said above."


@pytest.fixture
def customer():
    found = a_customer("c1", email="a@Example.com")
    NewsletterSubscription.objects.create(
        customer=found, store=found.store, status="subscribed", status_changed_at=AT
    )
    return found


def shown(client, customer):
    return client.get(reverse(PRIVACY, args=[customer.pk])).content.decode()


def gets_mail(text):
    """Return the state in the row that says whether campaigns reach the customer."""
    return text.split("Gets mail of campaigns</th><td>")[1].split("<")[0]


def test_page_says_why_the_address_gets_no_mail(customer, admin_client):
    before = shown(admin_client, customer)
    assert NO_MAIL not in before
    assert gets_mail(before) == "yes"

    # However the address is spelt.
    row = suppress("A@example.COM", SuppressionReason.COMPLAINT, AT)
    text = shown(admin_client, customer)
    assert NO_MAIL in text
    assert "March 4, 2026" in text
    assert "somebody reported a mail as spam" in text
    assert reverse("admin:campaigns_suppression_change", args=[row.pk]) in text
    assert gets_mail(text) == "no"


def test_customers_without_an_address_get_no_mail(admin_client):
    assert gets_mail(shown(admin_client, a_customer("c2"))) == "no"


@pytest.mark.parametrize(("also", "may_see"), [([], False), (["view_suppression"], True)])
def test_rows_are_for_who_may_see_suppressions(customer, client, also, may_see):
    suppress("a@example.com", SuppressionReason.HARD_BOUNCE, AT)
    user = User.objects.create_user("clerk", is_staff=True)
    rights = ["view_customer", "view_consent", *also]
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    text = shown(client, customer)
    assert (NO_MAIL in text) == ("Gets mail of campaigns" in text) == may_see
