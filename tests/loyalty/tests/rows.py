"""Rows of the loyalty programme, and rules about them."""

from datetime import UTC, datetime

from tests.loyalty.models import PointsEntry

NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)


def tree(*nodes, match="all"):
    return {"match": match, "conditions": list(nodes)}


def is_(attribute, value, operator="is"):
    return {"attribute": attribute, "operator": operator, "value": value}


def entry(customer, **values):
    values = {"points": 1, "at": NOW} | values
    PointsEntry.objects.create(customer=customer, **values)
