"""A list without rows says what its rows are for."""

import pytest
from django.contrib import admin
from django.urls import reverse

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_empty_lists_say_what_their_rows_are_for(admin_client):
    index = reverse("admin:index")
    described = [one for one in admin.site._registry.values() if hasattr(one, "empty_text")]
    assert described
    for one in described:
        page = admin_client.get(f"{index}{one.opts.app_label}/{one.opts.model_name}/")
        assert str(one.empty_text) in page.content.decode(), one
