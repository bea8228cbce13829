"""Overrides: includes and excludes customers, effective at once."""

from typing import Any

from django.db import transaction

from core.audit import record
from core.clock import now
from customers.models import AuditAction, AuditSubject, Customer, DirtyCustomer, DirtyReason
from segments.database.locks import lock_members
from segments.engine.batch import batch_of
from segments.engine.members.stored_members import announce_diff, apply_diff, wanted_by
from segments.models import (
    ChangeReason,
    MembershipOverride,
    OverrideKind,
    Segment,
)
from segments.rules.evaluation.rule import rule_of
from segments.rules.website_limits.websites import check_segment


def set_override(
    segment: Segment, customer: Customer, kind: OverrideKind, *, reason: str = "", author: Any
) -> MembershipOverride:
    """Include `customer` in `segment` or exclude them, replacing an existing override.

    An include does not override the segment's scope. Raises InvalidTree where the stored conditions
    are invalid, and nothing is written then; and OutsideWebsites where `author` may not change
    `segment`.
    """
    check_segment(author, segment)
    with transaction.atomic():
        lock_members(segment.pk)
        before = _as_json(
            MembershipOverride.objects.filter(segment=segment, customer=customer).first()
        )
        override, _created = MembershipOverride.objects.update_or_create(
            segment=segment,
            customer=customer,
            defaults={"kind": kind, "reason": reason, "author": author, "created_at": now()},
        )
        _note(author, segment, before, _as_json(override))
        _bring_up_to_date(segment, customer)
    return override


def remove_override(override: MembershipOverride, *, author: Any = None) -> None:
    """Remove an override, so that the conditions decide again. Raises as `set_override`."""
    check_segment(author, override.segment)
    with transaction.atomic():
        lock_members(override.segment_id)
        if MembershipOverride.objects.filter(pk=override.pk).delete()[0]:
            _note(author, override.segment, _as_json(override), None)
        _bring_up_to_date(override.segment, override.customer)


def _as_json(override: MembershipOverride | None) -> dict[str, Any] | None:
    if override is None:
        return None
    decided = {"kind": str(override.kind), "reason": override.reason}
    return {override.customer.external_id: decided}


def _note(
    author: Any, segment: Segment, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    action = AuditAction.CHANGED
    if before is None:
        action = AuditAction.CREATED
    elif after is None:
        action = AuditAction.DELETED
    record(author, action, AuditSubject.OVERRIDE, segment.code, before=before, after=after)


def _bring_up_to_date(segment: Segment, customer: Customer) -> None:
    segment = Segment.objects.get(pk=segment.pk)
    if not segment.is_active:  # It keeps its stored members as they are.
        return
    at = now()
    # Segments that refer to this one are evaluated for the customer again, too.
    DirtyCustomer.objects.create(customer_id=customer.pk, reason=DirtyReason.MANUAL, at=at)
    rule = rule_of(segment)
    with batch_of({customer.pk: ChangeReason.MANUAL}) as ids:
        wanted = wanted_by(segment.pk, rule.customers(as_of=at, only=ids))
        diff = apply_diff([segment], wanted, at=at, only_batch=True)
    announce_diff([segment], diff)
