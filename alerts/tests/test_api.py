"""Alerts by the API: filtered, read, resolved once with an audit entry; segments muted."""

import pytest

from alerts.checks.sizes import judge_sizes
from core.audit import AuditEntry
from segments.models import Segment

pytestmark = pytest.mark.django_db
PERMISSIONS = ("segments.view_alert", "segments.change_alert")


def test_alert_is_listed_and_resolved(with_sizes, clock, client_with):
    with_sizes(today=600)
    judge_sizes(clock.at, only_due=False)
    client = client_with(*PERMISSIONS)
    (alert,) = client.send("GET", "alerts/?state=open&segment=vip&kind=size_down").json()["results"]
    assert (alert["segment"], alert["size"], alert["state"]) == ("vip", 600, "open")
    assert alert["change_percent"] < -39
    assert alert["sentence"].startswith("VIP has 600 members; ")
    assert client.send("GET", "alerts/?state=over").json()["results"] == []
    resolved = client.send("POST", f"alerts/{alert['id']}/resolve/", {"as": "noted"}).json()
    assert (resolved["state"], resolved["resolved_by"] is None) == ("noted", False)
    assert client.send("GET", f"alerts/{alert['id']}/").json() == resolved
    assert AuditEntry.objects.get(subject="alerts.alert").after == {"state": "noted"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "place"),
    [
        ("GET", "alerts/?segment=none", None, 400, "segment"),
        ("GET", "alerts/?state=fine", None, 400, "state"),
        ("GET", "alerts/?kind=fine", None, 400, "kind"),
        ("POST", "alerts/{}/resolve/", {"as": "over"}, 400, "as"),
        ("POST", "alerts/{}/resolve/", {}, 400, "as"),
        ("PUT", "segments/vip/alerts/", {"alerts_muted_until": "2026-05-02"}, 400, None),
    ],
)
def test_wrong_request_is_refused(
    with_sizes, clock, client_with, method, path, body, status, place
):
    with_sizes(today=600)
    (alert,) = judge_sizes(clock.at, only_due=False)
    reply = client_with(*PERMISSIONS).send(method, path.format(alert.pk), body)
    assert reply.status_code == status
    if place:
        assert [one["path"] for one in reply.json()["errors"]] == [place]


def test_muting_is_stored_and_taken_back(make_segment, client_with):
    make_segment("VIP")
    client = client_with(*PERMISSIONS)
    for until in ("2026-05-02T08:00:00Z", None):
        body = {"alerts_muted_until": until}
        assert client.send("PUT", "segments/vip/alerts/", body).json() == body
        assert client.send("GET", "segments/vip/alerts/").json() == body
    assert AuditEntry.objects.filter(subject="alerts.muted").count() == 2
    assert Segment.objects.count() == 1
