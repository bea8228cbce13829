"""Alerts in sentences, in the language of the reader, with numbers as the reader writes them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.causes.shares import Cause
from alerts.models import SIZE_KINDS, Alert, AlertKind
from core.database.sentence_field import translate_stored
from core.text.formats import day_shown, in_quotes, moment_shown, number_shown, share_shown


def describe_alert(alert: Alert) -> str:
    """Return what the alert says, one to three sentences without personal data of customers."""
    if alert.kind in SIZE_KINDS:
        return f"{_describe_size(alert)} {describe_cause(alert)}"
    if alert.kind == AlertKind.EMPTY:
        text = _("%(segment)s has no members, for the first time in 28 days.")
        return f"{text % {'segment': alert.segment}} {describe_cause(alert)}"
    return _FAILURES[AlertKind(alert.kind)](alert, alert.details)


def _describe_size(alert: Alert) -> str:
    text = ngettext(
        "%(segment)s has %(size)s member; %(low)s to %(high)s would be usual (%(change)s).",
        "%(segment)s has %(size)s members; %(low)s to %(high)s would be usual (%(change)s).",
        alert.size or 0,
    )
    percent = alert.change_percent
    change = "–" if percent is None else share_shown(percent / 100, decimals=0)
    return text % {
        "segment": alert.segment,
        "size": number_shown(alert.size or 0),
        "low": number_shown(alert.low or 0),
        "high": number_shown(alert.high or 0),
        "change": f"+{change}" if percent and percent > 0 else change,
    }


def describe_cause(alert: Alert) -> str:
    """Return a sentence about the cause of the change, or that none is known."""
    details = alert.details
    if alert.cause == Cause.DEFINITION and "version" in details:
        return _describe_definition(details)
    if alert.cause == Cause.DEFINITION:
        return _("Its definition was changed.")
    if alert.cause == Cause.IMPORT:
        return _("Most of it came with the import of %(moment)s.") % {
            "moment": _moment(details.get("at"))
        }
    if alert.cause == Cause.MAIL:
        text = _("Most of these customers were sent mail by %(name)s.")
        return text % {"name": in_quotes(details.get("name", ""))}
    if alert.cause == Cause.PRICE_RULE:
        text = _(
            "Most of these customers ordered under the price rule %(name)s, which started, ended "
            "or was changed."
        )
        return text % {"name": in_quotes(details.get("name", ""))}
    if alert.cause == Cause.SOURCE_MISSING:
        text = _("Fewer rows than usual came in yesterday: %(table)s.")
        return text % {"table": _table(details.get("table", ""))}
    return _("Nothing is known that explains it.")


def _describe_definition(details: Mapping[str, Any]) -> str:
    values = {
        "segment": in_quotes(details["segment"]) if details.get("segment") else "",
        "author": details.get("author"),
        "moment": _moment(details.get("at")),
        "version": details["version"],
    }
    if values["segment"] and values["author"]:
        text = _(
            "The definition of %(segment)s, which it refers to, was changed by %(author)s on "
            "%(moment)s (version %(version)d)."
        )
    elif values["segment"]:
        text = _(
            "The definition of %(segment)s, which it refers to, was changed on %(moment)s "
            "(version %(version)d)."
        )
    elif values["author"]:
        text = _("Its definition was changed by %(author)s on %(moment)s (version %(version)d).")
    else:
        text = _("Its definition was changed on %(moment)s (version %(version)d).")
    return text % values


def describe_also(alert: Alert) -> str:
    """Return the further causes as a sentence; "" where there are none."""
    labels = [str(Cause(one).label) for one in alert.also if one in Cause.values]
    return _("Also: %(causes)s.") % {"causes": ", ".join(labels)} if labels else ""


def _refresh_failed(alert: Alert, details: Mapping[str, Any]) -> str:
    text = _("Refreshing %(segment)s keeps failing: %(error)s")
    return text % {"segment": alert.segment, "error": _error(details)}


def _stale(alert: Alert, details: Mapping[str, Any]) -> str:
    text = _("The members of %(segment)s are out of date: the last refresh was on %(moment)s.")
    return text % {"segment": alert.segment, "moment": _moment(details.get("since"))}


def _webhook_off(alert: Alert, details: Mapping[str, Any]) -> str:
    text = _("The webhook %(name)s was turned off: %(error)s")
    return text % _named(details)


def _sync_failed(alert: Alert, details: Mapping[str, Any]) -> str:
    text = _("The audience sync %(name)s stopped: %(error)s")
    return text % _named(details)


def _export_failed(alert: Alert, details: Mapping[str, Any]) -> str:
    text = _("The export %(name)s failed: %(error)s")
    return text % _named(details)


def _drift(alert: Alert, details: Mapping[str, Any]) -> str:
    text = _("The model %(name)s drifts: customers are no longer like those that it learned from.")
    return text % _named(details)


def _nothing_comes_in(alert: Alert, details: Mapping[str, Any]) -> str:
    text = _("Nothing has come in from the shop since %(day)s.")
    since = details.get("since")
    return text % {"day": day_shown(date.fromisoformat(since)) if since else "–"}


_FAILURES: Mapping[AlertKind, Callable[[Alert, Mapping[str, Any]], str]] = {
    AlertKind.REFRESH_FAILED: _refresh_failed,
    AlertKind.STALE: _stale,
    AlertKind.WEBHOOK_OFF: _webhook_off,
    AlertKind.SYNC_FAILED: _sync_failed,
    AlertKind.EXPORT_FAILED: _export_failed,
    AlertKind.DRIFT: _drift,
    AlertKind.NOTHING_COMES_IN: _nothing_comes_in,
}


def _named(details: Mapping[str, Any]) -> dict[str, str]:
    return {"name": in_quotes(details.get("name", "")), "error": _error(details)}


def _error(details: Mapping[str, Any]) -> str:
    return translate_stored(str(details.get("error", "")))


def _moment(text: str | None) -> str:
    return moment_shown(datetime.fromisoformat(text)) if text else "–"


def _table(label: str) -> str:
    try:
        return capfirst(str(apps.get_model(label)._meta.verbose_name_plural))
    except (LookupError, ValueError):
        # The app of the table was left out since.
        return label
