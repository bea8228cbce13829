"""What a page's form shows is accepted as a browser sends it back, and changes nothing.

Tests of a form say themselves what is sent. Here the page does: a field that it does not show is
not sent, one that it hides is.
"""

from functools import partial
from typing import Any

import pytest
from django.test import Client

from core.tests.forms import body_of
from segmentation_site.tests.access.calls import boss, places, told
from segmentation_site.tests.personal_data.asking import model_of
from segmentation_site.tests.queries.asked import page_address, pages, visitor
from segmentation_site.tests.queries.shop import begin, first_of, grow
from segments.models import WebhookEndpoint
from tests.cases import sample

__all__ = ["boss", "places"]

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.every_case]

FORMS = sorted(one for one in pages() if one.endswith("_change"))
# Columns that say when it was saved, or what came of that; and of Django's own form of a user,
# which leaves out fractions of a second.
OF_SAVING = {"updated_at", "error", "last_login", "date_joined"}


@pytest.fixture(scope="module")
def shop(boss: str, places: dict[str, str]) -> None:
    """One of everything."""

    ask = partial(told, boss)
    begin(ask)
    grow(0, ask)
    # It has been given segments beside "all", as no way in allows.
    WebhookEndpoint.objects.update(all_segments=False)


@pytest.fixture
def client(shop: None) -> Client:
    return visitor()


def values_of(row: Any) -> dict[str, Any]:
    row.refresh_from_db()
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in OF_SAVING
    }


@pytest.mark.parametrize("called", sample(FORMS))
def test_what_a_form_shows_is_accepted_and_changes_nothing(called: str, client: Client) -> None:
    address = page_address(called)
    page = client.get(address)
    if page.status_code == 302:
        pytest.skip("It has no page of its own.")
    body = body_of(page.content)
    if not body:
        pytest.skip("Nothing on it can be saved.")
    row = first_of(model_of(pages()[called][0]))
    before = values_of(row)

    answer = client.post(address, body)

    context: Any = answer.context or {}
    assert answer.status_code == 302, context.get("errors", answer.content)
    assert values_of(row) == before
