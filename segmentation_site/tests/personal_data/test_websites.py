"""Nobody who is limited to a website is shown a customer of another one, at any address."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from customers.models import UserWebsite, Website
from segmentation_site.tests.personal_data.asking import shown_to
from segmentation_site.tests.personal_data.shop import someone_without
from segments.models import Segment

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def limited(segment: Segment) -> User:
    """Somebody with every permission who is limited to a website without customers."""
    user = someone_without()
    website = Website.objects.create(code="elsewhere", name="Elsewhere")
    UserWebsite.objects.create(user=user, website=website)
    return user


def test_limited_user_with_every_permission_sees_no_other_website(
    limited: User,
    segment: Segment,
    secrets: dict[tuple[str, str], str],
    is_exhaustive: bool,
    settings: Any,
) -> None:
    """Catches a page or a call that declares itself limited and is not."""
    settings.ML_TRAIN_RATE = settings.ML_PREDICT_RATE = 0
    shown = shown_to(limited, segment, secrets, is_exhaustive)

    assert {name: seen for name, seen in shown.items() if seen} == {}


def test_undeclared_pages_are_refused_and_declared_ones_are_open(
    limited: User, segment: Segment
) -> None:
    """Catches a limit that shuts everything, and pages that are open without saying so."""
    client = Client()
    client.force_login(limited)

    def status(page: str) -> int:
        return int(client.get(f"/admin/{page}").status_code)

    open_pages = ("", "settings/", "search/?q=all", "customers/customer/", "customers/order/")
    assert [status(page) for page in (*open_pages, "segments/segment/")] == [200] * 6
    assert status(f"segments/segment/{segment.pk}/members/") == 200
    assert status(f"segments/segment/{segment.pk}/history/") == 403
    refused = ("auth/user/", "customers/website/", "customers/auditentry/", "price_rules/coupon/")
    assert [status(page) for page in (*refused, "customers/customer/import/")] == [403] * 5
