"""`POST clv/optimize/` as lists and as CSV: both have exactly the chosen customers."""

import csv
import json

import pytest
from django.core.cache import cache

from customers.models import Customer
from predictions.strategies.plans import saving
from predictions.tests.api.test_optimize import (
    ADDRESS,
    CAMPAIGN,
    GOOD,
    MAY,
    MAY_SEE,
    errors,
    scored,
    scored_for_all,
)
from segments.models import ExportAudit, Segment

__all__ = ["scored", "scored_for_all"]

MAY_SAVE = (*MAY_SEE, "segments.add_segment")
MAY_EXPORT = (*MAY, "segments.export_members")
AS_LIST = {"save_as": {"code": "chosen", "as": "list"}}


@pytest.fixture(autouse=True)
def no_calls_before():
    cache.clear()


@pytest.fixture
def ask(client_with):
    """Return a function that asks as somebody with these permissions."""

    def answer(body, permissions=MAY_SAVE, **headers):
        client = client_with(*permissions)
        return client.post(
            ADDRESS, json.dumps(body), content_type="application/json", headers=headers
        )

    return answer


@pytest.fixture
def budget(scored, make_segment):
    make_segment("all", [], applies_to="both")
    campaigns = [
        {**CAMPAIGN, "uplift": 0.5},
        {**CAMPAIGN, "code": "b", "value": "clv", "uplift": "0.9"},
    ]
    return {"strategy": "budget", "budget": 30, "campaigns": campaigns}


def rows_of(reply):
    assert reply.status_code == 200, reply.content
    return list(csv.DictReader(reply.getvalue().decode().splitlines()))


@pytest.mark.both
def test_list_csv_and_count_agree(scored, ask, member_numbers):
    body = ask({**GOOD, **AS_LIST}).json()
    segment = Segment.objects.get(code="chosen")
    shown = [(one["id"], one["expected_value"]) for one in body["customers"]]
    assert body["segment"] == "chosen"
    assert (segment.is_active, segment.refresh_mode) == (True, "list")
    assert set(member_numbers(segment)) == {number for number, _value in shown}
    assert segment.members_count == body["selected_count"] == 4
    assert body["sentence"] in segment.description and "Budget: 2." in segment.description

    rows = rows_of(ask({**GOOD, "format": "csv"}, MAY_EXPORT))
    assert [(one["id"], one["expected_value"]) for one in rows] == shown
    assert {one["cost"] for one in rows} == {"0.5000"}
    assert [one["rank"] for one in rows] == ["1", "2", "3", "4"]
    assert list(rows[0]) == ["id", "expected_value", "cost", "rank"]
    assert rows_of(ask(GOOD, MAY_EXPORT, accept="text/csv")) == rows
    audit = ExportAudit.objects.last()
    assert (audit.segment_code, audit.rows, audit.left_out) == ("clv/optimize:retention", 4, 0)


def test_a_later_plan_leaves_a_list_as_it_was(scored, ask, member_numbers):
    assert ask({**GOOD, **AS_LIST}).status_code == 200
    before = member_numbers(Segment.objects.get(code="chosen"))
    reply = ask({**GOOD, "budget": 1, **AS_LIST})
    assert (reply.status_code, reply.json()["code"]) == (409, "code_taken")
    assert ask({**GOOD, "budget": 1, "save_as": "less", "as": "list"}).status_code == 200
    assert member_numbers(Segment.objects.get(code="chosen")) == before
    assert Segment.objects.get(code="less").members_count == 2


@pytest.mark.both
def test_a_budget_makes_a_list_for_each_campaign(budget, ask, member_numbers):
    body = ask({**budget, **AS_LIST}).json()
    assert body["segment"] is None
    rows = rows_of(ask({**budget, "format": "csv"}, MAY_EXPORT))
    assert list(rows[0]) == ["id", "expected_value", "cost", "rank", "campaign"]
    for line in body["campaigns"]:
        assert line["segment"] == f"chosen-{line['code']}"
        numbers = {one["id"] for one in rows if one["campaign"] == line["code"]}
        segment = Segment.objects.get(code=line["segment"])
        assert set(member_numbers(segment)) == numbers
        assert segment.members_count == line["count"] == len(numbers) > 0
    assert len(rows) == body["selected_count"]


def test_of_several_lists_either_all_are_made_or_none(budget, ask, make_segment):
    make_segment("taken", [], code="chosen-b")
    count = Segment.objects.count()
    reply = ask({**budget, **AS_LIST})
    assert (reply.status_code, reply.json()["code"]) == (409, "code_taken")
    budget["campaigns"][1]["code"] = "No code"
    assert errors(ask({**budget, **AS_LIST})) == {("save_as", "invalid")}
    assert Segment.objects.count() == count


def test_a_customer_erased_meanwhile_is_on_no_list(scored, ask, monkeypatch):
    first = ask(GOOD).json()["customers"][0]["id"]
    really = saving.plan

    def erase_first(question, *, shown):
        found = really(question, shown=shown)
        Customer.objects.filter(external_id=first).delete()
        return found

    monkeypatch.setattr(saving, "plan", erase_first)
    body = ask({**GOOD, **AS_LIST}).json()
    assert first not in {one["id"] for one in body["customers"]}
    assert Segment.objects.get(code="chosen").members_count == body["selected_count"]


def test_settings_of_exports_hold(scored, ask, settings):
    chosen = [one["id"] for one in rows_of(ask({**GOOD, "format": "csv"}, MAY_EXPORT))]
    Customer.objects.filter(external_id__in=chosen[1:]).update(accepts_marketing=True)
    Customer.objects.filter(external_id=chosen[0]).update(accepts_marketing=False)
    settings.EXPORT_ONLY_ACCEPTING_MARKETING = True
    reply = ask({**GOOD, "format": "csv"}, MAY_EXPORT)
    assert [one["id"] for one in rows_of(reply)] == chosen[1:]
    assert reply["X-Left-Out"] == "1"
    settings.EXPORT_ROW_LIMIT = 2
    assert ask({**GOOD, "format": "csv"}, MAY_EXPORT).status_code == 409


def test_nobody_without_permission_saves_or_exports(scored, ask):
    assert ask({**GOOD, **AS_LIST}, MAY_SEE).status_code == 403
    assert ask({**GOOD, "format": "csv"}, MAY_SAVE).status_code == 403
    assert not Segment.objects.exists() and not ExportAudit.objects.exists()


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"save_as": {"code": "a", "as": "tree"}}, ("save_as.as", "invalid_choice")),
        ({"save_as": {"as": "list"}}, ("save_as.code", "required")),
        ({"save_as": {"code": "a", "name": "A"}}, ("save_as.name", "unknown_field")),
        ({"save_as": {"code": "a", "as": "rule"}, "as": "list"}, ("as", "contradictory")),
        ({"as": "list"}, ("as", "no_save_as")),
        ({"format": "xml"}, ("format", "invalid_choice")),
        ({"format": "csv", "save_as": "a"}, ("format", "not_with_save_as")),
        ({"strategy": "loyalty", "format": "csv"}, ("format", "not_for_strategy")),
        ({"strategy": "loyalty", **AS_LIST}, ("save_as", "not_for_strategy")),
    ],
)
def test_what_cannot_be_saved_is_refused_at_its_place(scored, ask, more, found):
    given = {name: one for name, one in GOOD.items() if name != "cost_per_contact"}
    assert found in errors(ask({**given, **more}, (*MAY_SAVE, *MAY_EXPORT)))
