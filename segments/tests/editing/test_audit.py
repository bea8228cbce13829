"""The audit log: each deed is there once, with who did it and what differs."""

import pytest
from django.contrib.auth.models import User

from core.audit import record
from core.clock import now
from customers.models import AuditAction, AuditEntry, AuditSubject
from segments.editing.activation import set_active
from segments.editing.deletion import delete_segments
from segments.editing.overrides import remove_override, set_override
from segments.editing.saving import create_segment, save_segment
from segments.engine.maintenance import purge
from segments.models import ExportAudit
from segments.rules.definition import Definition, Handling

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def ann():
    return User.objects.create_superuser("ann")


def entries(**wanted):
    found = AuditEntry.objects.filter(**wanted).order_by("pk")
    return list(found.values_list("username", "action", "name", "before", "after"))


def test_a_change_of_nothing_is_no_entry(ann):
    same = {"name": "A"}
    record(ann, AuditAction.CHANGED, AuditSubject.SEGMENT, "a", before=same, after=dict(same))

    assert entries() == []


def test_a_new_segment_is_noted_with_all_it_says(ann):
    create_segment(Definition("Best", description="spend most"), author=ann)

    ((username, action, name, before, after),) = entries()
    assert (username, action, name, before) == ("ann", "created", "best", None)
    assert (after["name"], after["description"], after["priority"]) == ("Best", "spend most", 0)
    assert after["conditions"] == {"match": "all", "conditions": []}


def test_a_change_is_noted_with_what_differs_only(ann, make_segment):
    segment = make_segment("Old")
    AuditEntry.objects.all().delete()

    save_segment(segment, Definition("New"), Handling(priority=3), author=ann)
    save_segment(segment, Definition("New"), author=ann)

    assert entries() == [
        ("ann", "changed", "old", {"name": "Old", "priority": 0}, {"name": "New", "priority": 3})
    ]


def test_switching_off_notes_those_that_were_on(ann, make_segment):
    segments = [make_segment("On"), make_segment("Off", handling={"is_active": False})]
    AuditEntry.objects.all().delete()

    set_active(segments, False, author=ann)

    assert entries() == [("ann", "changed", "on", {"is_active": True}, {"is_active": False})]


def test_a_deleted_segment_can_still_be_read_in_the_log(ann, make_segment):
    segment = make_segment("Gone", description="why it was there")

    delete_segments([segment], author=ann)
    # Somebody else chose it in their list before it was gone.
    delete_segments([segment], author=ann)

    ((username, _action, name, before, after),) = entries(action="deleted")
    assert (username, name, before["description"], after) == (
        "ann",
        "gone",
        "why it was there",
        None,
    )


def test_each_decision_by_hand_names_the_customer(ann, make_segment, make_customer):
    segment, customer = make_segment(), make_customer("C7")

    set_override(segment, customer, "include", reason="friend", author=ann)
    override = set_override(segment, customer, "exclude", author=ann)
    remove_override(override, author=ann)

    first = {"C7": {"kind": "include", "reason": "friend"}}
    second = {"C7": {"kind": "exclude", "reason": ""}}
    assert entries(subject="override") == [
        ("ann", "created", "everybody", None, first),
        ("ann", "changed", "everybody", first, second),
        ("ann", "deleted", "everybody", second, None),
    ]


def test_log_shows_stored_conditions_that_cannot_be_read_any_more(admin_client):
    """The log would only show the parser's refusal in place of what was stored."""
    gone = {"attribute": "loyalty.gone", "operator": "is", "value": "gold"}
    tree = {"match": "all", "conditions": [gone]}
    record(None, AuditAction.DELETED, AuditSubject.SEGMENT, "old", before={"conditions": tree})
    (entry,) = AuditEntry.objects.all()
    page = admin_client.get(f"/admin/customers/auditentry/{entry.pk}/change/").content.decode()
    assert "loyalty.gone" in page and "gold" in page


def test_who_did_it_stays_when_the_user_is_gone(ann, make_segment):
    save_segment(make_segment(), Definition("New"), author=ann)
    ann.delete()

    assert entries(action="changed")[0][0] == "ann"


@pytest.mark.parametrize(("days", "kept"), [(0, ["old", "new"]), (3, ["new"])])
def test_the_log_is_kept_for_as_long_as_the_setting_says(ann, clock, settings, days, kept):
    settings.KEEP_AUDIT_DAYS = days
    record(ann, AuditAction.DELETED, AuditSubject.SEGMENT, "old")
    ExportAudit.objects.create(at=now(), segment_code="old", format="csv", columns=["id"])
    clock.advance(days=2)
    record(ann, AuditAction.DELETED, AuditSubject.SEGMENT, "new")
    ExportAudit.objects.create(at=now(), segment_code="new", format="csv", columns=["id"])
    clock.advance(days=2)

    purge()

    assert list(AuditEntry.objects.order_by("pk").values_list("name", flat=True)) == kept
    exports = ExportAudit.objects.order_by("pk").values_list("segment_code", flat=True)
    assert list(exports) == kept
