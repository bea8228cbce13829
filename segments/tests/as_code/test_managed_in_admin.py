"""The admin says which project manages a segment, and warns before it is saved."""

from django.test import Client
from django.urls import reverse

from segments.models import ManagedSegment, Segment
from tests.factories.clients import staff_user

WARNING = "The files of shop-eu define this segment."


def test_who_may_save_is_warned(definitions):
    """A change that is saved here holds until the next apply is refused, or overwrites it."""
    definitions.write("vip")
    definitions.apply()
    pages = [
        reverse(f"admin:segments_segment_{name}", args=[Segment.objects.get().pk])
        for name in ("change", "history")
    ]
    reader, writer = Client(), Client()
    reader.force_login(staff_user("reader", "segments.view_segment"))
    writer.force_login(staff_user("writer", "segments.view_segment", "segments.change_segment"))
    for page in pages:
        assert "managed by shop-eu" in reader.get(page).text
    assert WARNING not in reader.get(pages[0]).text
    assert WARNING in writer.get(pages[0]).text
    assert "code:shop-eu" in reader.get(pages[1]).text

    ManagedSegment.objects.all().delete()
    assert "managed by" not in writer.get(pages[0]).text
    assert WARNING not in writer.get(pages[0]).text
