"""A customer's data names the exports that they were in, and no others."""

import pytest

from customers.privacy.holdings import person_of
from segments.editing.overrides import set_override
from segments.export.members import export_members
from segments.export.shares import exports_with
from segments.models import ExportAudit, MembershipChange, OverrideKind
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db


def export(segment, clock):
    clock.advance(hours=1)
    b"".join(export_members(segment, "csv", user=None))
    clock.advance(hours=1)
    return ExportAudit.objects.latest("pk").at.isoformat()


def test_exports_while_they_were_members(clock, make_customer, make_segment):
    segment, other = make_segment("One", code="one"), make_segment("Two", code="two")
    export(segment, clock)
    ann, person = make_customer("ann"), None
    refresh_segment(segment)
    inside = export(segment, clock)
    export(other, clock)
    set_override(segment, ann, OverrideKind.EXCLUDE, author=None)
    export(segment, clock)
    person = person_of(ann)

    found = list(exports_with(person))

    assert [(one["with"], one["segment"], one["at"]) for one in found] == [
        ("export", "one", inside)
    ]
    # Of changes, those in which they stand.
    first, last = MembershipChange.objects.order_by("sequence")
    audit = ExportAudit.objects.latest("pk")
    for since, is_in in ((first.sequence - 1, True), (last.sequence, False)):
        ExportAudit.objects.filter(pk=audit.pk).update(since=since)
        assert (audit.at.isoformat() in [one["at"] for one in exports_with(person)]) is is_in


def test_who_entered_before_what_is_kept_of_the_log(clock, make_customer, make_segment):
    segment = make_segment("One", code="one")
    ann = make_customer("ann")
    refresh_segment(segment)
    MembershipChange.objects.all().delete()
    at = export(segment, clock)
    assert [one["at"] for one in exports_with(person_of(ann))] == [at]
    set_override(segment, ann, OverrideKind.EXCLUDE, author=None)
    assert [one["at"] for one in exports_with(person_of(ann))] == [at]
