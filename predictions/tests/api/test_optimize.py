"""`POST clv/optimize/`: who may, what is wrong with a body, what comes back, what is stored."""

import json
from decimal import Decimal
from itertools import cycle, product

import pytest
from django.core.cache import cache

from conditions.tests.examples.awkward_values import NOW
from conditions.tests.examples.shops import awkward_shop
from customers.models import AuditEntry, Customer
from predictions.figures.single_computation import turn
from predictions.models import PredictionModel
from predictions.strategies.plans.plan import plan
from predictions.strategies.question import Question
from predictions.tests.strategy_shop import PlainStrategies, add_scores
from segments.models import Segment
from segments.refresh import refresh_segment

ADDRESS = "/api/v1/clv/optimize/"
MAY = ("predictions.optimize",)
MAY_SEE = (*MAY, "segments.view_members")
GOOD = {
    "strategy": "retention",
    "budget": 2,
    "cost_per_contact": "0.5",
    "assumptions": {"uplift": 0.05},
}
CAMPAIGN = {"code": "a", "segment": "all", "cost_per_contact": 1, "value": "order"}
KEYS = [
    *("strategy", "as_of", "conditions", "sentence", "eligible_count", "selected_count", "cost"),
    *("expected_value", "interval", "roi", "assumptions", "warnings", "segment"),
]


@pytest.fixture(autouse=True)
def no_calls_before():
    cache.clear()


@pytest.fixture(scope="module")
def scored_for_all(rows_for_all):
    awkward_shop(1).store()
    return PlainStrategies(add_scores(1))


@pytest.fixture
def scored(scored_for_all, db):
    """The same shop, to which each test may do something of its own."""
    return scored_for_all


@pytest.fixture
def ask(client_with):
    """Return a function that asks as somebody with these permissions; a body may be a text."""

    def answer(body, permissions=MAY_SEE):
        data = body if isinstance(body, str) else json.dumps(body)
        return client_with(*permissions).post(ADDRESS, data, content_type="application/json")

    return answer


def errors(reply):
    assert reply.status_code == 400, reply.content
    return {(one["path"], one["code"]) for one in reply.json()["errors"]}


# What comes back ------------------------------------------------------------------------------


@pytest.mark.both
def test_a_reply_has_all_that_the_contract_names(scored, ask):
    body = ask(GOOD).json()
    assert sorted(body) == sorted([*KEYS, "customers"])
    assert body["strategy"] == "retention" and body["segment"] is None
    assert body["as_of"] == NOW.isoformat().replace("+00:00", "Z")
    assert body["conditions"] == {
        "match": "all",
        "conditions": [{"attribute": "prediction.churn_risk", "operator": "gte", "value": "0.5"}],
    }
    assert body["sentence"] == "Customers whose “Churn risk (0 to 1)” is at least 0.5."
    assert set(body["assumptions"]) == {
        *("uplift", "margin", "price_cut", "benefit_percent", "order_value")
    }
    assert {one["source"] for one in body["assumptions"].values()} == {"given", "default"}
    assert body["warnings"] == ["margin_unknown"]
    assert body["selected_count"] == len(body["customers"]) == 4
    assert body["cost"] == "2.0000"
    known = dict(Customer.objects.values_list("external_id", "pk"))
    question = Question(
        "retention",
        budget=Decimal(2),
        cost_per_contact=Decimal("0.5"),
        assumptions={"uplift": Decimal("0.05")},
    )
    found = plan(question, shown=100)
    assert [(known[one["id"]], one["expected_value"]) for one in body["customers"]] == [
        (one.key, one.expected_value) for one in found.contacts
    ]


def test_it_is_answered_without_the_last_slash(scored, client_with):
    client = client_with(*MAY)
    with_it, without = (
        client.post(address, json.dumps(GOOD), content_type="application/json")
        for address in (ADDRESS, ADDRESS.rstrip("/"))
    )
    assert with_it.status_code == 200 and with_it.json() == without.json()


def test_single_customers_are_for_who_may_see_members(scored, ask):
    body = ask(GOOD, MAY).json()
    assert "customers" not in body and body["selected_count"] == 4
    assert not AuditEntry.objects.filter(action="viewed").exists()
    seen = ask(GOOD).json()["customers"]
    (entry,) = AuditEntry.objects.filter(action="viewed")
    assert entry.after["customers"] == [one["id"] for one in seen]


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_so_many_customers_are_shown(scored, ask, limit):
    body = ask({**GOOD, "limit": limit}).json()
    assert (len(body["customers"]), body["selected_count"]) == (limit, 4)


def test_loyalty_and_pricing_have_their_parts(scored, ask):
    tiers = ask({"strategy": "loyalty", "assumptions": {"benefit_percent": 2}}).json()
    assert [one["name"] for one in tiers["tiers"]] == ["gold", "silver", "bronze"]
    assert set(tiers["tiers"][0]) == {
        *("name", "at_least", "customers_count", "share", "sales", "conditions")
    }
    assert float(tiers["benefit_cost"]) > 0 and tiers["customers"] == []
    groups = ask({"strategy": "pricing", "assumptions": {"price_cut": "0.2"}}).json()
    assert {one["break_even_uplift"] for one in groups["groups"]} == {"0.2500"}
    assert sum(one["customers_count"] for one in groups["groups"]) == groups["eligible_count"]


def test_a_budget_is_shared(scored, ask, make_segment):
    make_segment("all", [], applies_to="both")
    campaigns = [
        {**CAMPAIGN, "uplift": 0.5},
        {**CAMPAIGN, "code": "b", "value": "clv", "uplift": "0.01"},
    ]
    body = ask({"strategy": "budget", "budget": 3, "campaigns": campaigns}).json()
    assert [one["code"] for one in body["campaigns"]] == ["a", "b"]
    assert set(body["campaigns"][0]) == {"code", "count", "cost", "expected_value", "uplift"}
    assert sum(one["count"] for one in body["campaigns"]) == body["selected_count"] == 3
    assert body["cost"] == "3.0000"
    assert {one["campaign"] for one in body["customers"]} <= {"a", "b"}


# Who may --------------------------------------------------------------------------------------


def test_without_the_permission_nothing_is_told(scored, ask):
    for permissions in ((), ("predictions.view_scores",), ("segments.view_members",)):
        assert ask(GOOD, permissions).status_code == 403
    # Who may not hears nothing of what is wrong.
    assert ask({"strategy": "none"}, ()).status_code == 403


def test_a_segment_is_for_who_may_add_one(scored, ask):
    assert ask({**GOOD, "save_as": "leaving"}).status_code == 403
    assert not Segment.objects.exists()


# What is saved --------------------------------------------------------------------------------

SAVES = (*MAY, "segments.add_segment")


@pytest.mark.parametrize("strategy", ["retention", "win_back", "upsell", "loyalty", "pricing"])
def test_what_is_saved_is_an_inactive_segment_of_that_tree(scored, ask, member_numbers, strategy):
    body = ask({"strategy": strategy, "save_as": "made"}, SAVES).json()
    assert body["segment"] == "made"
    segment = Segment.objects.get(code="made")
    assert (segment.is_active, segment.conditions) == (False, body["conditions"])
    Segment.objects.update(is_active=True)
    refresh_segment(Segment.objects.get(code="made"))
    numbers = {scored.people[key].external_id for key in scored.eligible(strategy)}
    assert set(member_numbers(segment)) == numbers
    assert body["eligible_count"] == len(numbers)


def test_a_code_that_is_taken_is_refused_before_anything(scored, ask, make_segment):
    make_segment("made", [])
    reply = ask({**GOOD, "save_as": "made"}, SAVES)
    assert (reply.status_code, reply.json()["code"]) == (409, "code_taken")
    assert Segment.objects.count() == 1


@pytest.mark.parametrize("code", ["", "with space", "preview", "ä", "x" * 65, "a\0", 7, True])
def test_a_code_that_is_none_is_refused(ask, code):
    ((path, _code),) = errors(ask({**GOOD, "save_as": code}, SAVES))
    assert path == "save_as"
    assert not Segment.objects.exists()


# What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"strategy": "none"}, ("strategy", "invalid_choice")),
        ({"strategy": None}, ("strategy", "null")),
        ({"surprise": 1}, ("surprise", "unknown_field")),
        ({"assumptions": {"luck": 1}}, ("assumptions.luck", "unknown_field")),
        ({"assumptions": {"uplift": 1.5}}, ("assumptions.uplift", "out_of_range")),
        ({"assumptions": {"uplift": -0.1}}, ("assumptions.uplift", "out_of_range")),
        ({"assumptions": {"uplift": "1e-3"}}, ("assumptions.uplift", "invalid")),
        ({"assumptions": {"uplift": "NaN"}}, ("assumptions.uplift", "invalid")),
        ({"assumptions": {"uplift": True}}, ("assumptions.uplift", "invalid")),
        ({"assumptions": {"uplift": [1]}}, ("assumptions.uplift", "invalid")),
        ({"assumptions": {"uplift": ""}}, ("assumptions.uplift", "invalid")),
        ({"assumptions": {"margin": 2}}, ("assumptions.margin", "out_of_range")),
        (
            {"assumptions": {"benefit_percent": 101}},
            ("assumptions.benefit_percent", "out_of_range"),
        ),
        ({"assumptions": {"order_value": -1}}, ("assumptions.order_value", "out_of_range")),
        ({"assumptions": []}, ("assumptions", "invalid")),
        ({"budget": -1}, ("budget", "out_of_range")),
        ({"budget": "-0.0001"}, ("budget", "out_of_range")),
        ({"budget": 10**400}, ("budget", "out_of_range")),
        ({"budget": "0.00001"}, ("budget", "too_many_decimals")),
        ({"budget": "1,000"}, ("budget", "invalid")),
        ({"budget": None}, ("budget", "required")),
        ({"cost_per_contact": -1}, ("cost_per_contact", "out_of_range")),
        ({"cost_per_contact": None}, ("cost_per_contact", "null")),
        ({"limit": -1}, ("limit", "min_value")),
        ({"limit": 10_001}, ("limit", "max_value")),
        ({"limit": 1.5}, ("limit", "invalid")),
        ({"limit": 10**400}, ("limit", "invalid")),
        ({"segment": "nowhere"}, ("segment", "unknown_segment")),
        ({"segment": ""}, ("segment", "blank")),
        ({"segment": "a\0"}, ("segment", "null_characters_not_allowed")),
        ({"campaigns": [{**CAMPAIGN, "segment": "x"}]}, ("campaigns", "not_for_strategy")),
    ],
)
def test_what_is_wrong_is_said_at_its_place(ask, more, found):
    assert found in errors(ask({**GOOD, **more}))


def test_the_ends_of_numbers_are_refused_in_words(scored, ask):
    for number in ("1e99999", "-1e99999", "1e-99999", "NaN", "Infinity", "-Infinity"):
        reply = ask(f'{{"strategy": "retention", "budget": {number}}}')
        assert reply.status_code == 400 and reply.json()["detail"]
        given = f'{{"strategy": "retention", "assumptions": {{"uplift": {number}}}}}'
        assert ask(given).status_code == 400
    assert ask('{"strategy": "retention", "budget": 0e99999}').status_code == 200
    for text in ("[]", "", "7"):
        assert ask(text).status_code == 400


@pytest.mark.parametrize(
    ("campaigns", "found"),
    [
        ([], ("campaigns", "out_of_range")),
        ([CAMPAIGN], ("campaigns", "out_of_range")),
        ([{**CAMPAIGN, "code": str(n)} for n in range(21)], ("campaigns", "out_of_range")),
        ([CAMPAIGN, CAMPAIGN], ("campaigns[1].code", "duplicate")),
        (
            [CAMPAIGN, {**CAMPAIGN, "code": "b", "segment": "x"}],
            ("campaigns[1].segment", "unknown_segment"),
        ),
        ([CAMPAIGN, {**CAMPAIGN, "value": "luck"}], ("campaigns[1].value", "invalid_choice")),
        ([CAMPAIGN, {**CAMPAIGN, "uplift": 2}], ("campaigns[1].uplift", "out_of_range")),
        (
            [CAMPAIGN, {**CAMPAIGN, "cost_per_contact": -1}],
            ("campaigns[1].cost_per_contact", "out_of_range"),
        ),
        ([CAMPAIGN, {}], ("campaigns[1].code", "required")),
    ],
)
def test_what_is_wrong_with_campaigns_is_said_at_its_place(ask, make_segment, campaigns, found):
    make_segment("all", [])
    body = {"strategy": "budget", "budget": 3, "campaigns": campaigns}
    assert found in errors(ask(body))


def test_campaigns_say_for_themselves_what_they_cost(ask, make_segment):
    make_segment("all", [])
    campaigns = [CAMPAIGN, {**CAMPAIGN, "code": "b"}]
    body = {"strategy": "budget", "campaigns": campaigns}
    assert errors(ask(body)) == {("budget", "required")}
    more = {"budget": 1, "cost_per_contact": 1, "segment": "all"}
    assert errors(ask({**body, **more})) == {
        ("cost_per_contact", "not_for_strategy"),
        ("segment", "not_for_strategy"),
    }


def test_a_reduction_beyond_the_margin_has_its_code(ask):
    given = {"price_cut": "0.4", "margin": "0.4"}
    reply = ask({"strategy": "pricing", "assumptions": given})
    assert errors(reply) == {("assumptions.price_cut", "discount_exceeds_margin")}
    assert reply.json()["code"] == "discount_exceeds_margin"


def test_without_a_deployed_version_it_is_refused(scored, ask):
    PredictionModel.objects.filter(code="churn").update(deployed=None)
    reply = ask({**GOOD, "save_as": "made"}, SAVES)
    assert (reply.status_code, reply.json()["code"]) == (409, "no_deployed_model")
    assert not Segment.objects.exists()


def test_one_plan_at_a_time_is_reckoned(scored, ask):
    with turn():
        reply = ask(GOOD)
    assert (reply.status_code, reply["Retry-After"]) == (503, "10")


ENDS = (
    {"budget": 0},
    {"budget": 0, "cost_per_contact": 0},
    {"budget": None, "cost_per_contact": 0},
    {"assumptions": {"uplift": None}},
    {"assumptions": {}},
    {"assumptions": {"uplift": 0}},
    {"assumptions": {"uplift": 1, "margin": 0, "order_value": 99_999_999_999_999}},
    {"budget": 99_999_999_999_999, "cost_per_contact": "0.0001"},
    {"budget": "99999999999999", "cost_per_contact": 99_999_999_999_999},
    {"segment": None, "save_as": None},
)


def test_the_ends_of_what_is_allowed_are_answered(scored, ask, is_exhaustive):
    strategies = ("retention", "win_back", "upsell", "loyalty", "pricing")
    pairs = product(strategies, ENDS) if is_exhaustive else zip(cycle(strategies), ENDS)
    for strategy, more in pairs:
        body = ask({**GOOD, **more, "strategy": strategy}).json()
        if more.get("budget") is not None:
            assert float(body["cost"]) <= float(more["budget"])
