"""The import of Maho's segments in the admin: tried first, then confirmed."""

import json

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from segments.models import Segment
from segments.tests.maho.rules_in_short import MAPS, leaf, row

pytestmark = pytest.mark.django_db

ADDRESS = reverse("admin:segments_segment_import_maho")
BIG = row(leaf("customer_clv", "lifetime_sales", ">=", "500"), name="Big <b>")
COUPON = row(leaf("order_attributes", "coupon_code", "!=", "X"), name="Coupon")
BAD = row(leaf("customer_attributes", "group_id", "==", "77"), name="Bad")


@pytest.fixture
def merchant(client):
    """A client logged in as somebody who may look at segments and add them."""
    user = User.objects.create_user("merchant", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["add_segment", "view_segment"])
    )
    client.force_login(user)
    return client


def upload(client, *rows, content=None, negatives="complement"):
    content = content or json.dumps({"maps": MAPS, "segments": rows}, indent=2).encode()
    file = SimpleUploadedFile("maho.json", content, content_type="application/json")
    return client.post(ADDRESS, {"file": file, "negatives": negatives})


def confirm(client, shown):
    return client.post(
        ADDRESS, {**shown.context["confirm_form"].initial, "confirm": "Import"}, follow=True
    )


def test_the_list_leads_to_the_page(merchant):
    assert ADDRESS in merchant.get(reverse("admin:segments_segment_changelist")).text
    assert merchant.get(ADDRESS).status_code == 200


def test_a_file_is_tried_before_anything_is_stored(merchant):
    text = upload(merchant, BIG, COUPON, BAD).text

    assert not Segment.objects.exists()
    assert "Big &lt;b&gt;" in text and "<b>" not in text
    assert "big-b" in text and "imported, changed in meaning" in text
    assert "conditions[0].value" in text and "77" in text
    assert "Import 2 segments" in text


def test_confirming_stores_what_was_shown(merchant):
    after = confirm(merchant, upload(merchant, BIG, COUPON, BAD))

    assert sorted(Segment.objects.values_list("code", flat=True)) == ["big-b", "coupon"]
    assert Segment.objects.get(code="coupon").versions.get().author.username == "merchant"
    assert "2 segments were imported." in after.text
    assert "Refused: Bad" in after.text


def test_the_reading_of_negatives_is_kept_to_the_end(merchant):
    shown = upload(merchant, COUPON, negatives="any-row")
    assert "changed in meaning" not in shown.text

    confirm(merchant, shown)
    assert Segment.objects.get().conditions["conditions"][0]["aggregate"] == "exists"


def test_where_all_are_refused_there_is_nothing_to_confirm(merchant):
    text = upload(merchant, BAD).text
    assert "conditions[0].value" in text and 'name="confirm"' not in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"rows": []}', "“segments” is missing"),
        (b" " * 1_000_001, "larger than 1 MB"),
    ],
    ids=["broken", "no UTF-8", "no segments", "too large"],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(merchant, content, message):
    shown = upload(merchant, content=content)
    assert message in shown.text and "confirm_form" not in shown.context


def test_a_confirmation_that_is_not_whole_stores_nothing(merchant):
    shown = upload(merchant, BIG)
    shown.context["confirm_form"].initial["content"] = '{"segments": ['

    assert "choose it again" in confirm(merchant, shown).text
    assert not Segment.objects.exists()


def test_a_byte_order_mark_survives_the_confirmation(merchant):
    content = b"\xef\xbb\xbf" + json.dumps({"maps": MAPS, "segments": [BIG]}).encode()
    confirm(merchant, upload(merchant, content=content))
    assert Segment.objects.get().code == "big-b"


def test_who_may_not_add_segments_sees_neither_link_nor_page(client):
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["change_segment", "view_segment"])
    )
    client.force_login(user)

    assert ADDRESS not in client.get(reverse("admin:segments_segment_changelist")).text
    assert client.get(ADDRESS).status_code == 403
    assert upload(client, BIG).status_code == 403
    assert client.post(ADDRESS, {"confirm": "1", "content": "{}"}).status_code == 403
