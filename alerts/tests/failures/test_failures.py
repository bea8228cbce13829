"""Failures open one alert each, and the alert is over when the failure has ended."""

from datetime import timedelta

import pytest
from django.utils import translation

from alerts.checks.running import check_alerts
from alerts.models import Alert, NoticedImport
from alerts.words import describe_alert
from campaigns.models import AudienceSync
from core.clock import now
from core.text.sentences import Sentence
from segments.models import Segment, WebhookEndpoint

pytestmark = pytest.mark.django_db


def kinds(state="open"):
    return sorted(Alert.objects.filter(state=state).values_list("kind", flat=True))


def test_failures_open_and_end_by_themselves(make_segment, clock):
    segment = make_segment("VIP")
    Segment.objects.filter(pk=segment.pk).update(
        refreshed_at=clock.at,
        members_version=segment.version,
        quarantined_at=clock.at,
        # No alert quotes a row, as the second line of a database's error does.
        quarantine_reason="too slow\nDETAIL:  Key (email)=(ann@shop.example) already exists.",
    )
    endpoint = WebhookEndpoint.objects.create(
        name="Shop", url="https://shop.example", cursor=0, created_at=clock.at, is_active=False
    )
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(disabled_reason="gone")
    sync = AudienceSync.objects.create(
        segment=segment, target="brevo", list="5", key_variable="SYNC_KEY_X", is_active=False
    )
    text = "The environment variable %(name)s is not set where this runs."
    AudienceSync.objects.filter(pk=sync.pk).update(error=Sentence(text, {"name": "KEY"}))
    for _again in range(2):
        check_alerts(clock.at, only_due=True)
        assert kinds() == ["refresh_failed", "sync_failed", "webhook_off"]
    sentences = sorted(describe_alert(one) for one in Alert.objects.all())
    assert sentences == [
        "Refreshing VIP keeps failing: too slow",
        "The audience sync “Brevo: 5” stopped: The environment variable KEY is not set where this"
        " runs.",
        "The webhook “Shop” was turned off: gone",
    ]
    # Not in the language of the worker that stored the alert.
    with translation.override("de"):
        assert "Umgebungsvariable KEY" in describe_alert(Alert.objects.get(kind="sync_failed"))
    Segment.objects.update(quarantined_at=None)
    WebhookEndpoint.objects.update(is_active=True)
    AudienceSync.objects.update(is_active=True)
    check_alerts(clock.at, only_due=True)
    assert kinds("over") == ["refresh_failed", "sync_failed", "webhook_off"]


def test_members_out_of_date_are_named(make_segment, clock, settings):
    settings.NIGHTLY_REFRESH_HOUR = 5
    segment = make_segment("VIP")
    Segment.objects.filter(pk=segment.pk).update(
        refreshed_at=clock.at, members_version=segment.version
    )
    check_alerts(clock.at + timedelta(hours=14), only_due=True)
    assert kinds() == []
    check_alerts(clock.at + timedelta(hours=27), only_due=True)
    assert kinds() == ["stale"]


@pytest.mark.parametrize(("every", "is_missed"), [(1, True), (3, False)])
def test_intake_is_missed_by_its_own_rhythm(clock, every, is_missed):
    for back in range(2, 40, every):
        NoticedImport.objects.create(at=now() - timedelta(days=back))
    check_alerts(clock.at, only_due=True)
    assert kinds() == (["nothing_comes_in"] if is_missed else [])
