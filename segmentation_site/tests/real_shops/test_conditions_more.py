"""The worked cases of the second part of the condition language, on the shop that they are about.

`data/conditions_more/README.md` of the shared data says how they were made.
"""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from conditions.errors import InvalidTree
from conditions.explain import explain
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from customers.imports.shop_csv import import_shop
from customers.models import Customer, Website
from segments.models import MembershipChange, MembershipOverride, PriorityList, Segment

CASES = Path(settings.BASE_DIR).parent / "shared" / "data" / "conditions_more"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.every_case,
    pytest.mark.both,
    pytest.mark.skipif(not CASES.exists(), reason=f"{CASES} is not there"),
]


@cache
def case_file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CASES / "cases.json").read_text(encoding="utf-8"))
    return found


def cases() -> list[Any]:
    if not CASES.exists():
        return []
    return [pytest.param(case, id=case["id"]) for case in case_file()["cases"]]


def make_segments(world: dict[str, Any]) -> None:
    """Store the segments of the case file."""
    for definition in world["segments"]:
        segment = Segment.objects.create(
            code=definition["code"],
            name=definition["code"].capitalize(),
            conditions=definition["conditions"],
            is_active=definition.get("is_active", True),
            refresh_mode="manual",
        )
        segment.websites.set(Website.objects.filter(code__in=definition.get("websites", ())))
        for kind in ("include", "exclude"):
            for number in definition.get(f"{kind}s", ()):
                customer = Customer.objects.get(external_id=number)
                MembershipOverride.objects.create(
                    segment=segment, customer=customer, kind=kind, created_at=case_file()["as_of"]
                )


def log_changes(world: dict[str, Any]) -> None:
    """Write the entries of the case file into the change log, in their order."""
    segments = {segment.code: segment for segment in Segment.objects.all()}
    keys = dict(Customer.objects.values_list("external_id", "pk"))
    MembershipChange.objects.bulk_create(
        MembershipChange(
            segment=segments[change["segment"]],
            customer_id=keys[change["customer"]],
            customer_external_id=change["customer"],
            kind=change["kind"],
            reason="refresh",
            at=change["at"],
        )
        for change in world["changes"]
    )


@pytest.fixture(scope="module")
def shop(rows_for_all: None) -> None:
    import_shop(CASES / "shop")
    make_segments(case_file()["world"])
    log_changes(case_file()["world"])
    PriorityList.objects.bulk_create(
        PriorityList(**one) for one in case_file()["world"]["priority_lists"]
    )


@pytest.mark.parametrize("case", cases())
def test_a_case_has_its_answer(shop: None, case: dict[str, Any]) -> None:
    """The tree, its complement and the explanation name the customers, or the problems."""
    if "problems" in case:
        with pytest.raises(InvalidTree) as refused:
            parse_tree(case["tree"], segment=case.get("own"))
        assert [[one.path, one.code] for one in refused.value.problems] == case["problems"]
        return
    scope = {"websites": case["websites"], "applies_to": case.get("applies_to", "registered")}
    as_of = datetime.fromisoformat(case["as_of"])

    def found(tree: dict[str, Any]) -> set[str]:
        customers = matching_customers(tree, as_of=as_of, **scope)
        return set(customers.values_list("external_id", flat=True))

    expected = set(case["expected"])
    everybody = Customer.objects.filter(
        pk__in=matching_customers({"match": "all", "conditions": []}, as_of=as_of, **scope)
    )
    assert everybody.count() == case["scope_count"]
    assert found(case["tree"]) == expected
    others = {one.external_id for one in everybody} - expected
    assert found({"match": "none", "conditions": [case["tree"]]}) == others
    explained = {
        one.external_id
        for one in everybody
        if explain(case["tree"], one, as_of=as_of, **scope).holds
    }
    assert explained == expected
