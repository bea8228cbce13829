"""Contents of messages: JSON for webhooks, sentences with links for people; no customers."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.causes.shares import Cause
from alerts.documents import AlertSerializer
from alerts.models import Alert, AlertMessage, MessageEvent
from alerts.words import describe_alert
from core.text.formats import number_shown

# So many alerts stand in a message of their own each; more go as one.
SINGLE = 10
# So many sentences stand in one message.
NAMED = 10


def common_cause(alerts: Sequence[Alert]) -> Cause | None:
    """Return the cause that most of the alerts have; None where most have none or differ."""
    causes = Counter(one.cause for one in alerts if one.cause and one.cause != Cause.UNKNOWN)
    if not causes:
        return None
    ((cause, count),) = causes.most_common(1)
    return Cause(cause) if count * 2 > len(alerts) else None


def webhook_body(messages: Sequence[AlertMessage], created_at: datetime) -> bytes:
    """Return the JSON of a request: one alert as `data`, or several with their common cause."""
    alerts = alerts_of(messages)
    data: dict[str, Any]
    if len(alerts) == 1:
        data = AlertSerializer(alerts[0]).data
    elif alerts:
        cause = common_cause(alerts)
        data = {
            "cause": cause and cause.value,
            "alerts": list(map(AlertSerializer().to_representation, alerts)),
        }
    else:
        data = {}
    kinds = {one.event for one in messages}
    # Several alerts of both kinds: each document has its state.
    kind = kinds.pop() if len(kinds) == 1 else MessageEvent.OPENED.value
    instant = created_at.isoformat().replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": instant, "data": data}).encode()


def chat_body(messages: Sequence[AlertMessage]) -> bytes:
    """Return the JSON of a chat's incoming webhook: a text with links.

    The names in it are no mark-up of the chat's.
    """
    lines = [escape_chat(subject_of(messages))] if len(messages) > 1 else []
    lines += [f"{escape_chat(text)} {link}".rstrip() for text, link in lines_of(messages)]
    return json.dumps({"text": "\n".join(lines)}).encode()


def escape_chat(text: str) -> str:
    """Return `text` with the characters that begin mentions and links escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mail_bodies(messages: Sequence[AlertMessage]) -> tuple[str, str]:
    """Return the plain text and the HTML of a mail."""
    lines = lines_of(messages)
    text = "\n\n".join(f"{sentence}\n{link}".rstrip() for sentence, link in lines)
    paragraphs = format_html_join(
        "",
        "<p>{}</p>",
        (
            (format_html('<a href="{}">{}</a>', link, sentence) if link else escape(sentence),)
            for sentence, link in lines
        ),
    )
    return text, format_html("<!doctype html><html><body>{}</body></html>", paragraphs)


def subject_of(messages: Sequence[AlertMessage]) -> str:
    """Return one line that says what the message is about."""
    alerts = alerts_of(messages)
    if not alerts:
        return _("Test of an alert channel")
    if len(alerts) == 1:
        return _sentence(messages[0])
    text = ngettext("%(count)s alert", "%(count)s alerts", len(alerts))
    subject = text % {"count": number_shown(len(alerts))}
    cause = common_cause(alerts)
    if cause is None:
        return subject
    return _("%(alerts)s, most of them by the same cause: %(cause)s") % {
        "alerts": subject,
        "cause": cause.label,
    }


def lines_of(messages: Sequence[AlertMessage]) -> list[tuple[str, str]]:
    """Return the first sentences with their links; "" where the site has no public address."""
    if not alerts_of(messages):
        return [(_("This is a test: alerts will arrive here."), _link("alerts_alert_changelist"))]
    lines = [
        (_sentence(one), _link("alerts_alert_change", one.alert_id)) for one in messages[:NAMED]
    ]
    if len(messages) > NAMED:
        more = len(messages) - NAMED
        text = ngettext("%(count)s more alert.", "%(count)s more alerts.", more)
        lines.append((text % {"count": number_shown(more)}, _link("alerts_alert_changelist")))
    return lines


def alerts_of(messages: Sequence[AlertMessage]) -> list[Alert]:
    """Return the alerts of messages; none for a test."""
    return [one.alert for one in messages if one.alert is not None]


def _sentence(message: AlertMessage) -> str:
    assert message.alert is not None
    sentence = describe_alert(message.alert)
    if message.event != MessageEvent.OVER:
        return sentence
    return _("Over: %(alert)s") % {"alert": sentence}


def _link(page: str, *arguments: Any) -> str:
    if not settings.PUBLIC_URL:
        return ""
    try:
        path = reverse(f"admin:{page}", args=arguments)
    except NoReverseMatch:
        return ""
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
