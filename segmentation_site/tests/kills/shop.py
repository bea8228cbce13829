"""Many customers in a segment, made fast."""

from customers.models import Customer, CustomerGroup, DirtyCustomer, Store, Website
from segments.editing.saving import create_segment
from segments.models import Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition

EVERYBODY = {"match": "all", "conditions": []}


def customers(count: int) -> list[Customer]:
    """Store customers C0, C1, ... whose changes are followed already."""
    row = {
        "website": Website.objects.get(code="default"),
        "store": Store.objects.get(code="default"),
        "group": CustomerGroup.objects.get(code="general"),
    }
    made = Customer.objects.bulk_create(
        Customer(external_id=f"C{n}", email=f"c{n}@shop.example", **row) for n in range(count)
    )
    DirtyCustomer.objects.all().delete()
    return made


def everybody(code: str = "all") -> Segment:
    """Return a new segment of all customers, refreshed."""
    definition = Definition("Everybody", conditions=EVERYBODY)
    segment = create_segment(definition, code=code, author=None).segment
    assert refresh_segment(segment).state == "completed"
    segment.refresh_from_db()
    return segment
