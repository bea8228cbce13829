"""What a customer's pages say of mail: whether their address gets any and why not, the latest."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from campaigns.consent.suppression import suppress
from campaigns.models import Message, MessageReason, MessageState, SuppressionReason
from customers.models import NewsletterSubscription
from customers.tests.rows import AT, a_customer
from price_rules.models import CartPriceRule, Coupon
from segments.admin.customer import activity

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


def test_activity_lists_mails_and_coupons_for_who_may_see_them(customer, client, monkeypatch):
    """Rows of other apps: each kind by its own permission, and a list of all that is theirs."""
    monkeypatch.setattr(activity, "SHOWN", 1)
    other = a_customer("c2")
    rule = CartPriceRule.objects.create(code="welcome", name="Welcome", coupon="generated")
    for owner, code in ((customer, "SAVE10"), (other, "OTHER")):
        Coupon.objects.create(rule=rule, code=code, customer=owner, created_at=AT)
        Message.objects.create(
            kind="campaign",
            external_campaign=f"spring for {owner.external_id}",
            customer=owner,
            store=owner.store,
            state=MessageState.SKIPPED,
            reason=MessageReason.FREQUENCY_CAP,
            due_at=AT,
        )
    user = User.objects.create_user("clerk", is_staff=True)
    client.force_login(user)
    page = reverse("admin:customers_customer_activity", args=[customer.pk])
    kinds = {"view_message": "spring for c1", "view_coupon": "SAVE10"}
    for right, theirs in kinds.items():
        rights = Permission.objects.filter(codename__in=["view_customer", right])
        user.user_permissions.set(rights)
        text = client.get(page).content.decode()
        assert {one for one in kinds.values() if one in text} == {theirs}
        name = f"campaigns_{right[5:]}" if right == "view_message" else "price_rules_coupon"
        every = f"{reverse(f'admin:{name}_changelist')}?customer__id__exact={customer.pk}"
        assert every in text
        rows = client.get(every).content.decode()
        assert theirs in rows
        assert "spring for c2" not in rows
        assert "OTHER" not in rows
