"""Actions of the admin's lists take no key that no row can have."""

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from segmentation_site.admin_site import load_pages
from segments.models import Segment


def actions() -> list[tuple[str, str]]:
    """Return each list of the admin with each of its actions."""
    # Whether another module of tests has loaded them depends on the order of collection.
    load_pages()
    return [
        (f"admin:{model._meta.label_lower.replace('.', '_')}_changelist", action)
        for model, page in admin.site._registry.items()
        for action, *_rest in page._get_base_actions()
        if page.actions is not None
    ]


@pytest.mark.parametrize(("page", "action"), actions())
def test_what_is_no_key_is_refused(admin_client, page, action):
    for key in ("abc", "1e9", "\0", "9" * 30, ""):
        response = admin_client.post(reverse(page), {"action": action, ACTION_CHECKBOX_NAME: key})

        assert response.status_code == 400, key
        assert "This request cannot be understood" in response.content.decode()


def test_a_row_that_is_gone_is_none(admin_client):
    chosen = {"action": "refresh_selected", ACTION_CHECKBOX_NAME: ["99999999", "-1"]}

    response = admin_client.post(reverse("admin:segments_segment_changelist"), chosen, follow=True)

    assert response.status_code == 200
    assert not Segment.objects.exists()
