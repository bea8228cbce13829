"""Touches of customers by this app, as sources of `predictions.attribution`.

A touch is a click in an e-mail, an exposure other than a default, or any other behaviour with a
traffic source. Behaviours that are no activity (`NOT_DONE`) are no touches; neither are
clicks in mails that the app of mails registers itself.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Case, QuerySet, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from personalization.models import IS_DEFAULT, BehaviorEvent, Exposure, FactDetails
from personalization.models.behavior.types import TYPES
from predictions.attribution import TouchRow

EMAIL_CLICKED, EMAIL_OPENED = "email_clicked", "email_opened"
EMAIL, PERSONALIZATION = "email", "personalization"
# Campaigns whose clicks are registered elsewhere.
MAILS = ("mail:", "sequence:")
NOT_DONE = tuple(one.name for one in TYPES.values() if not one.is_activity)


def text_in(column: str, key: str) -> Any:
    """Return what a column of JSON has under a key, as a text that is compared as one.

    Null where there is nothing, or null: SQLite would call that the text `null`.
    """
    is_null = When(**{f"{column}__{key}": None}, then=Value(None))
    text = Cast(KeyTextTransform(key, column), TextField())
    return Case(is_null, default=text, output_field=TextField())


def placement_campaign(code: str) -> str:
    """Return the campaign under which a placement is credited."""
    return f"placement:{code}"


def clicks_in_emails(
    *, first: int, last: int, since: datetime | None, until: datetime
) -> Iterator[TouchRow]:
    """Yield the clicks in e-mails (`predictions.attribution.sources`)."""
    clicks = every_click(first=first, last=last, since=since, until=until)
    return (one for one in clicks if not one.campaign.startswith(MAILS))


def every_click(
    *, first: int, last: int, since: datetime | None, until: datetime
) -> Iterator[TouchRow]:
    """Yield the clicks in e-mails, including those that are registered elsewhere."""
    rows = _touches_of_range(BehaviorEvent, "occurred_at", first, last, since, until)
    rows = rows.filter(behavior_type=EMAIL_CLICKED)
    names = ("customer", "occurred_at", "data__campaign")
    for customer, at, campaign in rows.values_list(*names).iterator():
        yield TouchRow(customer, at, EMAIL, campaign if isinstance(campaign, str) else "")


def exposures(
    *, first: int, last: int, since: datetime | None, until: datetime
) -> Iterator[TouchRow]:
    """Yield the exposures of placements other than defaults."""
    rows = _touches_of_range(Exposure, "at", first, last, since, until).exclude(IS_DEFAULT)
    for customer, at, element in rows.values_list("customer", "at", "element").iterator():
        yield TouchRow(customer, at, PERSONALIZATION, placement_campaign(element))


def visits(*, first: int, last: int, since: datetime | None, until: datetime) -> Iterator[TouchRow]:
    """Yield the behaviours, views, log-ins and wishes that have a traffic source: the channel."""
    source = text_in("context", "traffic_source")
    for model in (BehaviorEvent, FactDetails):
        rows = _touches_of_range(model, "occurred_at", first, last, since, until)
        rows = rows.exclude(behavior_type__in=[EMAIL_CLICKED, *NOT_DONE])
        named = rows.annotate(source=source).exclude(source=None).exclude(source="")
        for row in named.values_list("customer", "occurred_at", "source").iterator():
            yield TouchRow(*row)


def _touches_of_range(
    model: type[Any], time: str, first: int, last: int, since: datetime | None, until: datetime
) -> QuerySet[Any]:
    chosen: dict[str, Any] = {
        "customer__gte": first,
        "customer__lte": last,
        f"{time}__lte": until,
    }
    if since is not None:
        chosen[f"{time}__gte"] = since
    found: QuerySet[Any] = model._default_manager.filter(**chosen).order_by()
    return found


SOURCES = {
    "personalization.emails": clicks_in_emails,
    "personalization.exposures": exposures,
    "personalization.visits": visits,
}
