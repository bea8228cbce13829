"""Includes and excludes customers by hand, effective at once."""

from typing import Any

from django.db import transaction

from customers.clock import now
from customers.models import Customer
from segments.definition import members_of
from segments.dependents import refresh_dependents
from segments.diff import apply_diff
from segments.locks import lock_members
from segments.models import (
    ChangeReason,
    Membership,
    MembershipOverride,
    OverrideKind,
    Segment,
)
from segments.signals import announce


def set_override(
    segment: Segment, customer: Customer, kind: OverrideKind, *, reason: str = "", author: Any
) -> MembershipOverride:
    """Decide that `customer` always or never is a member of `segment`, replacing what was decided.

    An include never overrides the segment's scope. Raises InvalidTree where the stored conditions
    are invalid; nothing is written then.
    """
    with transaction.atomic():
        lock_members(segment.pk)
        override, _created = MembershipOverride.objects.update_or_create(
            segment=segment,
            customer=customer,
            defaults={"kind": kind, "reason": reason, "author": author, "created_at": now()},
        )
        _bring_up_to_date(segment, customer)
    return override


def remove_override(override: MembershipOverride) -> None:
    """Let the conditions alone decide about the customer again. Raises as `set_override`."""
    with transaction.atomic():
        lock_members(override.segment_id)
        MembershipOverride.objects.filter(pk=override.pk).delete()
        _bring_up_to_date(override.segment, override.customer)


def _bring_up_to_date(segment: Segment, customer: Customer) -> None:
    segment = Segment.objects.get(pk=segment.pk)
    if not segment.is_active:  # It keeps its stored members as they are.
        return
    at = now()
    members = members_of(segment, as_of=at)
    refresh_dependents([segment])
    diff = apply_diff(segment, members, reason=ChangeReason.MANUAL, at=at, only=customer)
    if diff.entered or diff.left:
        count = Membership.objects.filter(segment=segment).count()
        Segment.objects.filter(pk=segment.pk).update(members_count=count)
        transaction.on_commit(
            lambda: announce(segment, None, after=diff.after, last=diff.last), robust=True
        )
