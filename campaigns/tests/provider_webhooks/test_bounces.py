"""Hard or soft, complaint or unsubscription: by what each provider sends."""

import pytest

from campaigns.provider_webhooks.reading import reports_in
from campaigns.tests.conftest import AT

signals = pytest.importorskip("anymail.signals")


def reported(esp, event_type, raw=None, reason=None):
    event = signals.AnymailTrackingEvent(
        event_type=event_type, esp_event=raw or {}, reject_reason=reason, metadata={}
    )
    return [(one.type.value, one.is_hard) for one in reports_in([event], esp, AT)]


@pytest.mark.parametrize(
    ("esp", "raw", "is_hard"),
    [
        ("postmark", {"Type": "HardBounce"}, True),
        ("postmark", {"Type": "SoftBounce"}, False),
        ("postmark", {"SuppressionReason": "HardBounce"}, True),
        ("brevo", {"event": "hard_bounce"}, True),
        ("brevo", {"event": "invalid_email"}, True),
        ("brevo", {"event": "soft_bounce"}, False),
        ("mailersend", {"data": {"type": "hard_bounced"}}, True),
        ("mailersend", {"data": {"type": "soft_bounced"}}, False),
        ("mailjet", {"hard_bounce": True}, True),
        ("mailjet", {"hard_bounce": False}, False),
        ("mandrill", {"event": "hard_bounce"}, True),
        ("mandrill", {"event": "soft_bounce"}, False),
        ("resend", {"data": {"bounce": {"type": "Permanent"}}}, True),
        ("resend", {"data": {"bounce": {"type": "Transient"}}}, False),
        ("sendgrid", {"type": "bounce"}, True),
        ("sendgrid", {"type": "blocked"}, False),
        ("sparkpost", {"msys": {"message_event": {"bounce_class": "10"}}}, True),
        ("sparkpost", {"msys": {"message_event": {"bounce_class": "22"}}}, False),
        ("unisender-go", {"delivery_info": {"delivery_status": "err_user_unknown"}}, True),
        ("unisender-go", {"delivery_info": {"delivery_status": "err_mailbox_full"}}, False),
    ],
)
def test_by_what_the_provider_says(esp, raw, is_hard):
    assert reported(esp, "bounced", raw, "bounced") == [("bounced", is_hard)]


@pytest.mark.parametrize("esp", ["mailgun", "mailtrap", "postal"])
@pytest.mark.parametrize(
    ("reason", "is_hard"), [("bounced", True), ("invalid", True), ("other", False), (None, False)]
)
def test_by_anymails_reason(esp, reason, is_hard):
    assert reported(esp, "bounced", reason=reason) == [("bounced", is_hard)]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("bounced", ("bounced", True)),
        ("invalid", ("bounced", True)),
        ("spam", ("complained", False)),
        ("unsubscribed", ("unsubscribed", False)),
        ("blocked", ("bounced", False)),
        (None, ("bounced", False)),
    ],
)
def test_what_a_provider_does_not_even_send(reason, expected):
    assert reported("postmark", "rejected", {"Type": "Blocked"}, reason) == [expected]


def test_postal_gives_up_for_good():
    assert reported("postal", "failed") == [("bounced", True)]
    assert reported("sparkpost", "failed") == [("bounced", False)]


def test_what_says_nothing_yet():
    for kind in ("queued", "sent", "deferred", "autoresponded", "subscribed", "unknown"):
        assert reported("postmark", kind) == []
