"""What people do to webhooks: make, change, delete, test; each deed is audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import AuditAction, record
from core.clock import now
from core.problems import Invalid, Problem
from segments.engine.change_log import latest_cursor
from segments.models import DeliveryState, Segment, WebhookDelivery, WebhookEndpoint
from segments.models.watermark import purged_number
from segments.webhooks.addresses import ForbiddenAddress, checked_url
from segments.webhooks.delivery import new_delivery
from segments.webhooks.signature import new_secret

SUBJECT = "webhook"


@dataclass(frozen=True)
class Settings:
    """What somebody says of a webhook; `segments` None are all."""

    name: str
    url: str
    segments: Sequence[Segment] | None = None
    sends_entered: bool = True
    sends_left: bool = True
    is_active: bool = True


def settings_of(endpoint: WebhookEndpoint) -> Settings:
    """Return what was said of `endpoint`; its segments may have been fetched with others'."""
    segments = None
    if not endpoint.all_segments:
        segments = sorted(endpoint.segments.all(), key=lambda segment: segment.code)
    return Settings(
        name=endpoint.name,
        url=endpoint.url,
        segments=segments,
        sends_entered=endpoint.sends_entered,
        sends_left=endpoint.sends_left,
        is_active=endpoint.is_active,
    )


def problems_of(wanted: Settings) -> list[Problem]:
    """Return what is wrong with settings, by their fields' names."""
    problems = []
    try:
        checked_url(wanted.url)
    except ForbiddenAddress as error:
        problems.append(Problem("url", "forbidden_address", str(error)))
    if not wanted.sends_entered and not wanted.sends_left:
        message = _("Choose who enters, who leaves, or both.")
        problems.append(Problem("kinds", "no_kind", message))
    if wanted.segments is not None and not wanted.segments:
        message = _("Choose all segments, or at least one.")
        problems.append(Problem("segments", "no_segment", message))
    return problems


def create_endpoint(wanted: Settings, author: User) -> WebhookEndpoint:
    """Store a webhook that is told what happens from now on. Raises Invalid."""
    _check(wanted)
    with transaction.atomic():
        endpoint = WebhookEndpoint(
            secret=new_secret(), created_at=now(), created_by=author, cursor=latest_cursor()
        )
        _store(endpoint, wanted)
        record(author, AuditAction.CREATED, SUBJECT, _called(endpoint), after=_said(wanted))
    return endpoint


def change_endpoint(endpoint: WebhookEndpoint, wanted: Settings, author: User) -> WebhookEndpoint:
    """Store what is `wanted` of `endpoint`; one that is turned on again goes on where it was.

    Where changes have been deleted meanwhile, with the first that is kept. Raises Invalid.
    """
    _check(wanted)
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        before = settings_of(endpoint)
        if wanted.is_active and not before.is_active:
            endpoint.disabled_reason = ""
            endpoint.failing_since = endpoint.not_before = None
            endpoint.cursor = max(endpoint.cursor, purged_number())
        _store(endpoint, wanted)
        said = {"before": _said(before), "after": _said(wanted)}
        record(author, AuditAction.CHANGED, SUBJECT, _called(endpoint), **said)
    return endpoint


def delete_endpoint(endpoint: WebhookEndpoint, author: User) -> None:
    """Delete `endpoint` with its deliveries."""
    with transaction.atomic():
        before = _said(settings_of(endpoint))
        record(author, AuditAction.DELETED, SUBJECT, _called(endpoint), before=before)
        endpoint.delete()


def change_secret(endpoint: WebhookEndpoint, author: User) -> WebhookEndpoint:
    """Give `endpoint` a new secret, by which everything is signed from now on."""
    with transaction.atomic():
        endpoint.secret = new_secret()
        endpoint.save(update_fields=["secret"])
        after = {"secret": "changed", "at": now().isoformat()}
        record(author, AuditAction.CHANGED, SUBJECT, _called(endpoint), after=after)
    return endpoint


def test_endpoint(endpoint: WebhookEndpoint, author: User) -> WebhookDelivery:
    """Queue a delivery without changes, sent once, also to one that is off."""
    with transaction.atomic():
        waiting = endpoint.deliveries.filter(is_test=True, state=DeliveryState.WAITING).first()
        if waiting is not None:
            return waiting
        # Looked at at once, whatever came before.
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(woken_at=None)
        return new_delivery(endpoint, [], is_test=True)


def replay(delivery: WebhookDelivery, author: User) -> WebhookDelivery:
    """Send a delivery that was given up again, under its old id, before what is newer."""
    with transaction.atomic():
        dead = WebhookDelivery.objects.filter(
            pk=delivery.pk, state=DeliveryState.DEAD, is_test=False
        )
        if dead.update(state=DeliveryState.WAITING, attempts=0):
            WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(
                not_before=None, woken_at=None
            )
            after = {"replayed": delivery.message_id}
            name = _called(delivery.endpoint)
            record(author, AuditAction.CHANGED, SUBJECT, name, after=after)
        delivery.refresh_from_db()
    return delivery


def _check(wanted: Settings) -> None:
    problems = problems_of(wanted)
    if problems:
        raise Invalid(problems)


def _store(endpoint: WebhookEndpoint, wanted: Settings) -> None:
    endpoint.name, endpoint.url = wanted.name, wanted.url
    endpoint.all_segments = wanted.segments is None
    endpoint.sends_entered, endpoint.sends_left = wanted.sends_entered, wanted.sends_left
    endpoint.is_active = wanted.is_active
    # What a worker writes meanwhile is not written over.
    fields = ["name", "url", "all_segments", "sends_entered", "sends_left", "is_active"]
    changed = [*fields, "disabled_reason", "failing_since", "not_before", "cursor"]
    endpoint.save(update_fields=None if endpoint.pk is None else changed)
    endpoint.segments.set(wanted.segments or [])


def _called(endpoint: WebhookEndpoint) -> str:
    return str(endpoint.pk)


def _said(wanted: Settings) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "url": wanted.url,
        "segments": None if wanted.segments is None else [one.code for one in wanted.segments],
        "sends_entered": wanted.sends_entered,
        "sends_left": wanted.sends_left,
        "is_active": wanted.is_active,
    }
