"""Fills a database for pictures: `shop`, then `segments` in every state that a page can show.

`places` prints where the pages of the segments are, by code, and of a customer and an audit entry.
"""

import sys
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import demo_beside
import demo_mail
import django
from django.core.management import call_command
from django.db.models import F

CUSTOMERS, SEED = 2000, 3
STEPS, DAYS_PER_STEP = 10, 3


def main() -> None:
    django.setup()
    {"shop": shop, "segments": segments, "places": places}[sys.argv[1]]()


def shop() -> None:
    from django.contrib.auth.models import User

    from core.clock import now
    from customers.generate.shop import generate_shop

    call_command("migrate", verbosity=0)
    User.objects.create_superuser("admin", password="pictures")
    generate_shop(CUSTOMERS, SEED, now())


def segments() -> None:
    from django.contrib.auth.models import User

    from customers.models import Customer
    from segments.editing.overrides import set_override
    from segments.engine.workers import note_alive
    from segments.models import Segment

    admin = User.objects.get()
    call_command("create_starter_segments", stdout=StringIO())
    Segment.objects.update(created_by=admin)
    make_past()
    loyal = make_combined_segment(admin)
    for number, customer in enumerate(Customer.objects.filter(kind="registered")[:6]):
        kind = "include" if number % 2 else "exclude"
        set_override(loyal, customer, kind, reason="Asked for it by telephone", author=admin)
    states(admin)
    make_list_segment(admin)
    demo_beside.beside(admin)
    demo_mail.mail(admin)
    call_command("score_customers", stdout=StringIO())
    note_alive()


def make_past() -> None:
    """Refresh as of earlier days, and let it have happened then."""
    from core.clock import now
    from segments.models import Membership, MembershipChange, RefreshRun, Segment, SegmentSize
    from segments.refresh import refresh_segment

    today = now()
    Segment.objects.update(created_at=today - timedelta(days=STEPS * DAYS_PER_STEP))
    for step in reversed(range(STEPS)):
        at = today - timedelta(days=step * DAYS_PER_STEP)
        for segment in Segment.objects.all():
            run = refresh_segment(segment, as_of=at if step else None)
            Membership.objects.filter(segment=segment, entered_at__gte=today).update(entered_at=at)
            MembershipChange.objects.filter(segment=segment, at__gte=today).update(at=at)
            rows = SegmentSize.objects.filter(segment=segment, day__gte=today.date())
            rows.update(day=at.date())
            back = today - at
            RefreshRun.objects.filter(pk=run.pk).update(
                created_at=F("created_at") - back,
                started_at=F("started_at") - back,
                finished_at=F("finished_at") - back,
            )


def make_combined_segment(author: object) -> object:
    """Make a segment that builds on another, in two versions, and export it."""
    from segments.editing.saving import create_segment, save_segment
    from segments.export.members import export_members
    from segments.refresh import refresh_segment
    from segments.rules.definition import Definition

    best = {"attribute": "segment", "operator": "is", "value": "best-customers"}
    cart = {"attribute": "segment", "operator": "is", "value": "abandoned-cart"}
    mail = {"attribute": "customer.accepts_marketing", "operator": "is", "value": True}
    recent = {
        "relation": "sales",
        "aggregate": "count",
        "operator": "gte",
        "value": 2,
        "match": "all",
        "conditions": [
            {"attribute": "order.created_at", "operator": "in_last_days", "value": 365},
            {"attribute": "order.grand_total", "operator": "gte", "value": "50"},
        ],
    }

    def definition(name: str, *conditions: object) -> Definition:
        return Definition(name, conditions={"match": "all", "conditions": list(conditions)})

    segment = create_segment(
        definition("Loyal", {"match": "any", "conditions": [best, cart]}), author=author
    ).segment
    save_segment(
        segment,
        definition("Loyal and reachable", {"match": "any", "conditions": [best, recent]}, mail),
        author=author,
    )
    refresh_segment(segment)
    segment.refresh_from_db()
    for format in ("csv", "xml"):
        b"".join(export_members(segment, format, user=author, columns=["id", "email"]))
    in_the_background(segment, author)
    return segment


def make_list_segment(author: object) -> None:
    """Make a segment with a list of some customers."""
    from customers.imports.named.named_customers import By, Name, Names
    from customers.models import Customer
    from segments.editing.lists import Verb, change_list
    from segments.editing.saving import create_segment
    from segments.rules.definition import Definition, Handling

    definition = Definition("Guests of the summer party", "Who came in June.", applies_to="both")
    segment = create_segment(definition, Handling(refresh_mode="list"), author=author).segment
    numbers = Customer.objects.order_by("pk").values_list("external_id", flat=True)[:120]
    rows = [Name(line, number) for line, number in enumerate(numbers, start=1)]
    change_list(segment, Verb.ADD, Names(By.ID, rows), author=author)


def in_the_background(segment: object, author: object) -> None:
    """Leave exports that are written, fail, run, and wait."""
    from core.clock import now
    from segments.export.background.requests import execute_export, request_export
    from segments.export.contents import Contents
    from segments.models import Export

    done, failed, running, _waiting = (
        request_export(segment, contents, author)
        for contents in (Contents(), Contents(format="xml"), Contents(target="brevo"), Contents())
    )
    execute_export(done.pk)
    at = now()
    Export.objects.filter(pk=failed.pk).update(
        outcome="failed", error="No space left on device", finished_at=at
    )
    Export.objects.filter(pk=running.pk).update(
        lease_expires_at=at + timedelta(hours=1), done=300, total=812
    )


def states(author: object) -> None:
    """Leave segments that run, wait, failed, are invalid, stale, inactive or never refreshed."""
    from core.clock import now
    from segments.editing.activation import set_active
    from segments.editing.saving import create_segment, save_segment
    from segments.engine.refreshes.runs import request_refresh
    from segments.models import RefreshRun, Segment
    from segments.rules.definition import Definition, definition_of

    by_code = {segment.code: segment for segment in Segment.objects.all()}
    run = request_refresh(by_code["one-time-buyers"])
    at = now()
    RefreshRun.objects.filter(pk=run.pk).update(
        owner="worker",
        started_at=at - timedelta(seconds=42),
        lease_expires_at=at + timedelta(hours=1),
        phase="writing",
        done=300,
        total=812,
    )
    request_refresh(by_code["new-customers"])
    for code, is_invalid, error in (
        ("many-refunds", False, "canceling statement due to statement timeout"),
        ("birthday-soon", True, "conditions[0].attribute: There is no attribute “customer.dob”."),
    ):
        segment = by_code[code]
        RefreshRun.objects.create(
            segment=segment,
            outcome="failed",
            error=error,
            is_definition_invalid=is_invalid,
            version=segment.version,
            created_at=at,
            started_at=at,
            finished_at=at,
        )
    birthday = {"attribute": "customer.dob", "operator": "is_not_empty"}
    Segment.objects.filter(code="birthday-soon").update(
        conditions={"match": "all", "conditions": [birthday]}
    )
    Segment.objects.filter(code="subscribed-never-ordered").update(
        failures_count=3,
        quarantined_at=at,
        quarantine_reason="could not extend file: No space left on device",
        follows_clock=False,
    )
    stale = by_code["at-risk"]
    save_segment(stale, replace(definition_of(stale), name="At risk, again"), author=author)
    set_active([by_code["wish-list-no-order"]], False)
    create_segment(
        Definition(
            "A name so long that it has to be broken into several lines: Überraschungsgäste"
        ),
        author=author,
    )


def places() -> None:
    from customers.models import AuditEntry, Customer
    from segments.models import Segment

    for code, pk in Segment.objects.values_list("code", "pk"):
        print(f"{code}\t/admin/segments/segment/{pk}/")
    customer = Customer.objects.filter(memberships__isnull=False).latest("orders__created_at")
    print(f"customer\t/admin/customers/customer/{customer.pk}/")
    for name, address in {**demo_beside.places(), **demo_mail.places()}.items():
        print(f"{name}\t{address}")
    audit = AuditEntry.objects.filter(action="changed", subject="segment").latest("pk")
    print(f"audit\t/admin/customers/auditentry/{audit.pk}/")


if __name__ == "__main__":
    main()
