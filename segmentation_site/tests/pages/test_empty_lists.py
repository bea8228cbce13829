"""A list without rows says what its rows are for."""

import pytest
from django.contrib import admin
from django.urls import reverse

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Lists of operators, which say only that they are empty.
OF_OPERATORS = {"auth.Group", "customers.AuditEntry", "customers.Erasure"}
# Its empty list shows ways to a first segment.
WITH_STARTERS = {"segments.Segment"}
DEFAULT = "There is nothing here yet."


def test_empty_lists_say_what_their_rows_are_for(admin_client):
    index = reverse("admin:index")
    missing, examined = [], set()
    for one in admin.site._registry.values():
        page = admin_client.get(f"{index}{one.opts.app_label}/{one.opts.model_name}/")
        rows = page.context["cl"] if page.context and "cl" in page.context else None
        if rows is None or rows.result_count:
            continue
        label = one.opts.label
        examined.add(label)
        text = DEFAULT if label in OF_OPERATORS else getattr(one, "empty_text", None)
        if label not in WITH_STARTERS and f"<p>{text}</p>" not in page.content.decode():
            missing.append(label)
    assert not missing
    assert examined >= OF_OPERATORS | WITH_STARTERS
