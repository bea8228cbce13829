"""The app's columns and addresses are decided, too; what it hangs in shows no more than that."""

import pytest
from django.apps import apps

from segmentation_site.tests.personal_data import asking, decided
from segmentation_site.tests.personal_data.asking import leaks, shown_to
from segmentation_site.tests.personal_data.decided import (
    MEMBERS_ONLY,
    NAMES,
    NOBODY,
    NOTHING,
    PERSONAL,
)
from segmentation_site.tests.personal_data.shop import secrets, someone_without
from segmentation_site.tests.personal_data.shop import segment as shop
from segmentation_site.tests.personal_data.test_addresses import test_every_address_is_decided
from segmentation_site.tests.personal_data.test_columns import test_every_column_is_decided
from segmentation_site.tests.personal_data.test_holdings import (
    test_every_column_that_may_name_a_customer_is_registered,
    test_every_model_with_a_key_to_a_customer_is_registered,
)
from segments.models import Segment
from tests.loyalty.models import LoyaltyAccount, PointsEntry, Reward
from tests.loyalty.scores import write_scores

__all__ = [
    "secrets",
    "shop",
    "test_every_address_is_decided",
    "test_every_column_is_decided",
    "test_every_column_that_may_name_a_customer_is_registered",
    "test_every_model_with_a_key_to_a_customer_is_registered",
]

pytestmark = pytest.mark.django_db

TAB = "admin:segments_segment_loyalty"
OF_CUSTOMER = "admin:customers_customer_points"
EXPORT = "admin:segments_segment_export"
CARD = ("LoyaltyAccount", "card")
# The pages of the app's own model; those that it hangs in are decided where they are registered.
PAGES = {f"admin:loyalty_reward_{page}" for page in decided.MODEL_PAGES}
# Where something of the app is shown; the other addresses are asked without it.
ASKED = {
    *(TAB, OF_CUSTOMER, EXPORT, "admin:index"),
    *(f"admin:segments_segment_{page}" for page in ("report", "report_csv", "exports", "used_by")),
    *PAGES,
}


@pytest.fixture(autouse=True, scope="module")
def with_the_app():
    """Have the product's tests look at the app's columns and pages as well."""
    columns = {
        model._meta.label: {field.name for field in model._meta.concrete_fields}
        for model in apps.get_app_config("loyalty").get_models()
    }
    columns["loyalty.LoyaltyAccount"].remove("card")
    known = {label: " ".join(names) for label, names in columns.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decided, "APPS", (*decided.APPS, "loyalty"))
        patch.setattr(decided, "NOTHING", NOTHING | PAGES)
        patch.setattr(decided, "OPEN", decided.OPEN | known)
        yield


@pytest.fixture(scope="module")
def segment(shop, secrets):
    """The shop with everything that its own tests put in, and the app's rows of its member."""
    customer = shop.memberships.get().customer
    LoyaltyAccount.objects.create(customer=customer, points=1, card=secrets[CARD])
    PointsEntry.objects.create(customer=customer, points=1, at=shop.created_at)
    Reward.objects.create(name="Bonus", segment_code=shop.code, points=1)
    write_scores()
    addresses = [(name, arguments) for name, arguments in asking.addresses() if name in ASKED]
    assert {name for name, _arguments in addresses} == ASKED
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "addresses", lambda: addresses)
        yield Segment.objects.get(pk=shop.pk)


def test_who_lacks_the_permission_sees_nothing_personal(segment, secrets):
    assert leaks(shown_to(someone_without(*NOBODY), segment, secrets), set()) == []


def test_who_sees_members_sees_their_names_and_no_more(segment, secrets):
    shown = shown_to(someone_without(*MEMBERS_ONLY), segment, secrets)

    assert leaks(shown, NAMES) == []
    assert ("Customer", "first_name") in shown[TAB]


def test_who_has_the_permission_sees_what_there_is(segment, secrets):
    shown = shown_to(someone_without(), segment, secrets)

    assert [name for name, seen in shown.items() if seen and name in decided.NOTHING] == []
    assert CARD in shown[EXPORT]
    assert ("Customer", "first_name") in shown[OF_CUSTOMER]


def test_its_tabs_were_decided_where_they_are_registered():
    assert TAB in NAMES
    assert OF_CUSTOMER in PERSONAL
