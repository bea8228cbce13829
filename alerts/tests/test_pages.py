"""Home, the list, an alert and a segment's page show alerts and resolve them."""

import pytest
from django.urls import reverse

from alerts.checks.muting import muted_until
from alerts.checks.sizes import judge_sizes
from alerts.models import Alert
from tests.factories.clients import staff_user

pytestmark = pytest.mark.django_db
SEEN = ("segments.view_segment", "segments.view_alert")


def test_pages_show_alert_and_resolve_it(with_sizes, clock, client):
    segment = with_sizes(today=600)
    (alert,) = judge_sizes(clock.at, only_due=False)
    client.force_login(staff_user("resolver", *SEEN, "segments.change_alert"))
    pages = (
        reverse("admin:index"),
        reverse("admin:alerts_alert_changelist"),
        reverse("admin:alerts_alert_change", args=[alert.pk]),
        reverse("admin:segments_segment_alerts", args=[segment.pk]),
    )
    for page in pages:
        assert "VIP has 600 members" in client.get(page).content.decode(), page
    resolve = reverse("admin:alerts_alert_resolve", args=[alert.pk])
    reply = client.post(resolve, {"as": "noted", "next": pages[3]})
    assert (reply.status_code, reply["Location"]) == (302, pages[3])
    assert Alert.objects.get().state == "noted"
    data = {"action": "call_usual", "_selected_action": [alert.pk]}
    client.post(pages[1], data)
    assert Alert.objects.get().state == "usual"
    assert client.post(pages[3], {"days": "7"}).status_code == 302
    assert (muted_until(segment) - clock.at).days == 7


def test_viewer_resolves_nothing(with_sizes, clock, client):
    segment = with_sizes(today=600)
    (alert,) = judge_sizes(clock.at, only_due=False)
    client.force_login(staff_user("viewer", *SEEN))
    resolve = reverse("admin:alerts_alert_resolve", args=[alert.pk])
    assert resolve not in client.get(reverse("admin:index")).content.decode()
    assert client.post(resolve, {"as": "noted"}).status_code == 403
    page = reverse("admin:segments_segment_alerts", args=[segment.pk])
    assert client.post(page, {"days": "7"}).status_code == 403
    assert Alert.objects.get().state == "open"
