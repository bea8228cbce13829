"""The ways out: a signed webhook, a chat's incoming webhook, a mail to users."""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext_noop

from alerts.channels.contents import chat_body, mail_bodies, subject_of, webhook_body
from alerts.channels.resource import readers_of
from alerts.models import AlertChannel, AlertMessage, ChannelKind
from core.access.website_limits import is_limited
from core.text.sentences import Sentence, keep_verbatim
from segments.webhooks.sending import NotSent, post
from segments.webhooks.signature import PLAIN_HEADERS, signed_headers

# Stores that the reader with this mark has the mail.
NoteReached = Callable[[str], None]


def send_messages(
    channel: AlertChannel,
    messages: Sequence[AlertMessage],
    at: datetime,
    note_reached: NoteReached,
) -> None:
    """Send these messages, which share a `message_id`, as one; raises NotSent.

    `at` is the instant of this attempt. Signed as other webhooks are. A mail goes to the readers
    whom no attempt has reached, and `note_reached` is called for each whom this one reaches.
    Alerts count customers of all websites, so no address of a creator who is limited to websites
    by now gets them; a mail is checked by its readers.
    """
    if channel.kind == ChannelKind.MAIL:
        _send_mail(channel, messages, note_reached)
        return
    if is_limited(channel.created_by):
        raise NotSent(gettext_noop("Its creator is limited to websites; the message is about all."))
    if channel.kind == ChannelKind.CHAT:
        body, headers = chat_body(messages), PLAIN_HEADERS
    else:
        body = webhook_body(messages, messages[0].created_at)
        headers = signed_headers(channel.secret, messages[0].message_id, at, body)
    status = post(channel.url, body, headers)
    if not 200 <= status < 300:
        raise NotSent(Sentence(gettext_noop("The server answered %(status)s."), {"status": status}))


def _send_mail(
    channel: AlertChannel, messages: Sequence[AlertMessage], note_reached: NoteReached
) -> None:
    if not apps.is_installed("campaigns") or not settings.MAIL_ENABLED:
        raise NotSent(gettext_noop("Mail is switched off here."))
    from campaigns.models import MailSender
    from campaigns.transports.mail import Mail
    from campaigns.transports.outcome import Outcome
    from campaigns.transports.transport import carrier_of

    senders = MailSender.objects.exclude(from_email="").order_by("-is_default", "pk")
    sender = senders.first()
    readers = readers_of(channel)
    if sender is None:
        raise NotSent(gettext_noop("No store has a sender of mail."))
    if not readers:
        raise NotSent(
            gettext_noop(
                "None of the readers may see segments and alerts of all websites any more."
            )
        )
    text, html = mail_bodies(messages)
    domain = sender.from_email.rpartition("@")[2]
    carrier = carrier_of(
        settings.EMAIL_URL,
        data_dir=settings.DATA_DIR,
        lease_seconds=settings.MAIL_LEASE_SECONDS,
    )
    refused = ""
    try:
        for reader in readers:
            mark = sha256(reader.encode()).hexdigest()[:16]
            if mark in messages[0].reached:
                continue
            mail = Mail(
                message_id=f"{messages[0].message_id}-{mark}@{domain}",
                from_name=sender.from_name,
                from_email=sender.from_email,
                reply_to="",
                to=reader,
                subject=subject_of(messages),
                html=html,
                text=text,
                list_id="",
                unsubscribe_url="",
                feedback_id="",
            )
            handed = carrier.hand_over(mail)
            if handed.outcome in (Outcome.SENT, Outcome.UNCERTAIN):
                note_reached(mark)
            else:
                refused = handed.detail
    finally:
        carrier.close()
    if refused:
        raise NotSent(keep_verbatim(refused))
