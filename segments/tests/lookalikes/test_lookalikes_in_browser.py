"""The Look-alikes page in a browser: accessible in each state, and live while a size is typed."""

import pytest
from django.urls import reverse

from segments.tests.lookalikes.conftest import put_on_list
from segments.tests.lookalikes.shop import MEMBERS, make_shop
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_is_accessible_and_says_what_a_size_is_worth(visitor):
    bought = make_shop()
    members = put_on_list("members", [f"M{number}" for number in range(MEMBERS)])
    anybody = put_on_list("anybody", sorted(bought)[::2])
    few = put_on_list("few", ["M1"])
    page, faults = visitor.page, []
    for segment, query in ((few, "?size=5"), (anybody, "?size=5"), (members, "?size=20")):
        address = reverse("admin:segments_segment_lookalikes", args=[segment.pk])
        visitor.open(address + query)
        faults += visitor.faults()
    live = page.locator("[data-lookalikes-live]")
    before = live.text_content()
    assert "by chance" in before
    page.locator("input[name=size]").fill("90")
    expect(live).not_to_have_text(before)
    assert faults == []
    assert visitor.complaints == []
