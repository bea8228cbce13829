"""Strategies: who is eligible, who is chosen, tiers, groups; each found a second time plainly."""

from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from django.db import DataError, transaction

from conditions.matching import matching_customers
from conditions.tests.examples.awkward_values import NOW
from conditions.tests.examples.shops import awkward_shop
from core.problems import Invalid
from predictions.models import CustomerPrediction, PredictionModel
from predictions.refusals import Refused
from predictions.scoring.runs import score
from predictions.strategies.assumptions.measured_uplift import MEASURED, MeasuredUplift, Measuring
from predictions.strategies.assumptions.numbers import MONEY, BadNumber
from predictions.strategies.catalogue import STRATEGIES
from predictions.strategies.plans.plan import plan
from predictions.strategies.plans.saving import save_as_segment
from predictions.strategies.question import Campaign, Question
from predictions.tests.strategy_shop import PlainStrategies, add_scores, four, refuse_one
from segments.editing.saving import create_segment
from segments.models import Membership, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from tests.cases import seeds

CONTACTING = ("retention", "win_back", "upsell")
PARTING = ("loyalty", "pricing")


@pytest.fixture(scope="module", params=seeds(3, start=1), ids="shop {}".format)
def scored_for_all(request, rows_for_all):
    """A small awkward shop with scores of everybody."""
    # The next one begins where this one began.
    with transaction.atomic():
        awkward_shop(request.param).store()
        yield PlainStrategies(add_scores(request.param))
        transaction.set_rollback(True)


@pytest.fixture
def scored(scored_for_all, db):
    """The same shop, to which each test may do something of its own."""
    return scored_for_all


# Who is eligible ------------------------------------------------------------------------------


def test_who_is_eligible_is_whom_the_words_say(scored):
    found = {code: scored.eligible(code) for code in (*CONTACTING, *PARTING)}
    # Each says something: somebody fits, and not everybody does.
    assert all(0 < len(found[code]) < len(scored.rows) for code in ("retention", "loyalty"))
    for code, keys in found.items():
        answer = plan(Question(code), shown=0)
        tree = answer.tree
        customers = matching_customers(tree, applies_to="both")
        assert set(customers.values_list("pk", flat=True)) == keys
        assert answer.data["eligible_count"] == len(keys)
        assert answer.data["strategy"] == code


def test_whoever_refuses_is_not_eligible(scored):
    refusing = refuse_one()
    score("rfm", as_of=NOW)
    for code in (*CONTACTING, *PARTING):
        tree = plan(Question(code), shown=0).tree
        assert refusing not in matching_customers(tree, applies_to="both")


def test_only_members_of_a_segment_are_eligible(scored):
    some = sorted(scored.eligible("retention"))[::2]
    ids = [scored.people[key].external_id for key in some]
    tree = {"match": "all", "conditions": []}
    create_segment(Definition("All", conditions=tree, applies_to="both"), code="all", author=None)
    segment = Segment.objects.get(code="all")
    everyone = plan(Question("retention", segment="all"), shown=0)
    assert everyone.data["eligible_count"] == len(scored.eligible("retention"))
    of_some = {"attribute": "customer.id", "operator": "is_one_of", "value": ids}
    create_segment(
        Definition("Some", conditions={"match": "all", "conditions": [of_some]}, applies_to="both"),
        code="some",
        author=None,
    )
    found = plan(Question("retention", segment="some"), shown=0)
    assert found.data["eligible_count"] == len(some)
    assert "Some" in found.data["sentence"]
    Segment.objects.filter(pk=segment.pk).update(is_active=False)
    # Nobody is a member of one that is switched off.
    nobody = plan(Question("retention", segment="all", assumptions=UPLIFT), shown=5)
    assert (nobody.data["eligible_count"], nobody.data["selected_count"]) == (0, 0)
    assert (nobody.data["expected_value"], nobody.data["roi"]) == ("0.0000", None)


# Who is chosen --------------------------------------------------------------------------------

UPLIFT = {"uplift": Decimal("0.05")}


BUDGETS = ((None, "0"), ("0", "0.5"), ("1.5", "0.5"), ("1.4999", "0.5"), ("99", "3"))
TAKEN = (("0.05", "1"), ("1", "0.4"), ("0", "1"))


def test_who_is_chosen_is_worth_most(scored):
    for code, (budget, cost), (uplift, margin) in product(CONTACTING, BUDGETS, TAKEN):
        question = Question(
            code,
            budget=None if budget is None else Decimal(budget),
            cost_per_contact=Decimal(cost),
            assumptions={"uplift": Decimal(uplift), "margin": Decimal(margin)},
        )
        found = plan(question, shown=1000)
        plainly = scored.chosen(
            code,
            uplift=Fraction(uplift),
            cost=Fraction(cost),
            budget=Fraction(budget or 0),
            margin=Fraction(margin),
        )
        assert [(one.key, one.expected_value) for one in found.contacts] == [
            (key, four(value)) for key, value in plainly
        ]
        total = sum((value for _key, value in plainly), Fraction(0))
        spent = Fraction(cost) * len(plainly)
        data = found.data
        assert (data["selected_count"], data["cost"]) == (len(plainly), four(spent))
        assert data["expected_value"] == four(total)
        assert data["roi"] == (four(total / spent) if spent else None)
        assert data["interval"] is None
        assert budget is None or Fraction(data["cost"]) <= Fraction(budget)


def test_the_first_ones_are_shown_and_all_are_counted(scored):
    question = Question("retention", assumptions=UPLIFT)
    whole = plan(question, shown=1000)
    assert len(whole.contacts) > 2
    for shown in (0, 2):
        some = plan(question, shown=shown)
        assert (some.data, some.contacts) == (whole.data, whole.contacts[:shown])


def test_a_given_order_value_stands_for_every_customers_own(scored):
    given = UPLIFT | {"order_value": Decimal("40"), "margin": Decimal("0.5")}
    keys = sorted(scored.eligible("win_back"))
    question = Question(
        "win_back", budget=Decimal(1), cost_per_contact=Decimal("0.5"), assumptions=given
    )
    found = plan(question, shown=9)
    # 0.05 x 0.5 x 40 - 0.5; two of them can be paid, the first by their keys.
    assert [(one.key, one.expected_value) for one in found.contacts] == [
        (key, "0.5000") for key in keys[:2]
    ]


def test_without_an_uplift_no_money_is_named(scored):
    for code in CONTACTING:
        found = plan(Question(code), shown=10)
        assert found.data["expected_value"] is None and found.data["interval"] is None
        assert (found.data["selected_count"], found.data["cost"]) == (0, "0.0000")
        assert found.data["roi"] is None and found.contacts == []
        assert found.data["warnings"] == ["uplift_unknown", "margin_unknown"]
        assert found.data["assumptions"]["uplift"] == {
            "value": None,
            "source": "default",
            "is_used": True,
        }


def test_a_given_margin_is_no_longer_unknown(scored):
    given = UPLIFT | {"margin": Decimal("0.4")}
    for code in CONTACTING:
        found = plan(Question(code, assumptions=given), shown=0).data
        # The margin of lifetime values is that of their training.
        revenue = ["lifetime_value_is_revenue"] if code == "retention" else []
        assert found["warnings"] == revenue
        assert found["assumptions"]["margin"]["value"] == "0.4000"
        assert found["assumptions"]["margin"]["source"] == "given"


def test_the_margin_of_lifetime_values_is_in_them(scored):
    model = PredictionModel.objects.get(code="clv")
    type(model.deployed).objects.filter(pk=model.deployed_id).update(parameters={"margin": 0.4})
    assert plan(Question("retention", assumptions=UPLIFT), shown=0).data["warnings"] == []
    # There a margin is reckoned with beside them.
    found = plan(Question("win_back", assumptions=UPLIFT), shown=0).data
    assert found["warnings"] == ["margin_unknown"]


def test_the_margin_of_the_settings_is_the_usual_one(scored, settings):
    settings.PREDICTIONS_MARGIN = 0.25
    found = plan(Question("win_back", assumptions=UPLIFT), shown=0).data
    assert found["assumptions"]["margin"]["value"] == "0.2500"
    assert found["assumptions"]["margin"]["source"] == "default"
    assert found["warnings"] == []


@pytest.fixture
def measuring(monkeypatch):
    """Return a function that registers a measurement for this test alone."""

    def register(of):
        monkeypatch.setitem(MEASURED._found, "test", Measuring("test", of))

    return register


def test_a_measured_uplift_comes_with_its_interval(scored, measuring):
    low, high = Decimal("0.01"), Decimal("0.09")
    measuring(
        lambda code, _campaign: (
            MeasuredUplift(UPLIFT["uplift"], low, high) if code == "retention" else None
        )
    )
    terms = {"budget": Decimal(1), "cost_per_contact": Decimal("0.25")}
    found = plan(Question("retention", **terms), shown=0).data
    assert found["assumptions"]["uplift"]["source"] == "measured"
    plainly = scored.chosen(
        "retention", uplift=Fraction("0.05"), cost=Fraction("0.25"), budget=Fraction(1)
    )
    assert plainly
    worth = [(value + Fraction("0.25")) / Fraction("0.05") for _key, value in plainly]
    ends = [sum(Fraction(end) * one - Fraction("0.25") for one in worth) for end in (low, high)]
    assert found["interval"] == [four(end) for end in ends]
    # What is given counts more, and has no interval.
    given = plan(Question("retention", **terms, assumptions=UPLIFT), shown=0).data
    assert given["interval"] is None
    assert given["expected_value"] == found["expected_value"]
    assert "uplift_unknown" in plan(Question("win_back", **terms), shown=0).data["warnings"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("1e-999999999", "too_many_decimals"), ("1e-1000030", "too_many_decimals")),
        *(("0.50000000000000000000000000000000001", "too_many_decimals"), ("1e15", "out_of_range")),
        *(("0.12345", "too_many_decimals"), ("-0.0001", "out_of_range"), ("NaN", "out_of_range")),
    ],
)
def test_the_ends_of_decimals_are_refused_at_once(text, code):
    with pytest.raises(BadNumber) as refused:
        MONEY.checked(Decimal(text))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "text", ["0e-999999999", "0.1234", "0.12340000000000000000000000000000", "7"]
)
def test_a_number_in_range_is_itself(text):
    assert MONEY.checked(Decimal(text)) == Decimal(text)
    assert Fraction(MONEY.checked(Decimal(text))) == Fraction(text.removesuffix("e-999999999"))


def test_who_refuses_is_left_out_before_their_scores_are_gone(scored):
    plans = (Question(code, assumptions=UPLIFT) for code in CONTACTING)
    asked = next(one for one in plans if plan(one, shown=1).contacts)
    before = plan(asked, shown=10_000)
    first, *others = before.contacts
    refuse_one(first.key)
    after = plan(asked, shown=10_000)
    assert after.contacts == others
    assert after.data["eligible_count"] == before.data["eligible_count"] - 1


# Tiers and groups -----------------------------------------------------------------------------


def tiers_plainly(monetary):
    """Return for each tier from which sum it is, and who is in it, from sums by key."""
    count = len(monetary)

    def smallest(share):
        reached = [
            least
            for least in set(monetary.values())
            if sum(one >= least for one in monetary.values()) <= share * count
        ]
        return min(reached, default=None)

    gold, silver = smallest(Fraction(5, 100)), smallest(Fraction(25, 100))
    names = {}
    for key, spent in monetary.items():
        if gold is not None and spent >= gold:
            names[key] = "gold"
        elif silver is not None and spent >= silver:
            names[key] = "silver"
        else:
            names[key] = "bronze"
    # Where ties keep everybody out of silver it begins where gold does.
    return {"gold": gold, "silver": silver, "bronze": None}, names


def check_tiers(scored):
    monetary = {key: sum(scored.sales(key)) for key in scored.buyers()}
    limits, names = tiers_plainly(monetary)
    found = plan(Question("loyalty"), shown=0).data
    assert [one["name"] for one in found["tiers"]] == ["gold", "silver", "bronze"]
    for one in found["tiers"]:
        inside = {key for key, name in names.items() if name == one["name"]}
        assert one["customers_count"] == len(inside)
        assert one["share"] == four(Fraction(len(inside), len(monetary)))
        assert one["sales"] == four(sum((monetary[key] for key in inside), Fraction(0)))
        least = limits[one["name"]]
        assert one["at_least"] == (None if least is None else four(least))
        if one["conditions"]["match"] == "any":
            assert not inside
            assert not matching_customers(one["conditions"], applies_to="both").exists()
            continue
        # The rule asks for what has been bought up to now, orders to come too.
        bounds = [limits[name] for name in ("gold", "silver") if limits[name] is not None]
        above = min((one for one in bounds if least is None or one > least), default=None)
        fit = {
            key
            for key in monetary
            if (least is None or scored.bought(key) >= least)
            and (above is None or scored.bought(key) < above)
        }
        customers = matching_customers(one["conditions"], applies_to="both")
        assert set(customers.values_list("pk", flat=True)) == fit
    assert found["benefit_cost"] is None
    assert (found["selected_count"], found["expected_value"]) == (0, None)
    return found["tiers"]


def test_tiers_are_of_so_many_at_most(scored):
    check_tiers(scored)


def test_a_benefit_costs_its_part_of_what_is_expected_to_be_sold(scored):
    expected = sum(
        Fraction(row.expected_orders) * Fraction(row.expected_order_value)
        for row in scored.rows.values()
        if row.expected_orders is not None and row.expected_order_value is not None
    )
    assert expected
    given = {"benefit_percent": Decimal("2.5")}
    found = plan(Question("loyalty", assumptions=given), shown=0).data
    assert found["benefit_cost"] == four(Fraction(25, 1000) * expected)
    PredictionModel.objects.filter(code="clv").update(deployed=None)
    assert plan(Question("loyalty"), shown=0).data["benefit_cost"] is None
    with pytest.raises(Refused) as refused:
        plan(Question("loyalty", assumptions=given), shown=0)
    assert refused.value.code == "no_deployed_model"


def test_what_a_benefit_costs_is_unknown_before_the_first_scores(scored):
    PredictionModel.objects.filter(code="clv").update(as_of=None)
    CustomerPrediction.objects.update(expected_orders=None, expected_order_value=None)
    given = {"benefit_percent": Decimal(2)}
    found = plan(Question("loyalty", assumptions=given), shown=0).data
    assert found["benefit_cost"] is None and "not_scored" in found["warnings"]


def test_groups_are_by_how_often_somebody_bought_reduced(scored):
    keys = sorted(scored.buyers())
    shares = ["0", "0.0999", "0.1", "0.6999", "0.7", "1"]
    for number, key in enumerate(keys):
        CustomerPrediction.objects.filter(pk=key).update(
            discount_share=Decimal(shares[number % len(shares)])
        )
    names = ("full_price", "sometimes", "discount_only")
    inside = {
        name: keys[at::6] + keys[at + 1 :: 6] for at, name in zip((0, 2, 4), names, strict=True)
    }
    given = {"price_cut": Decimal("0.1"), "margin": Decimal("0.4")}
    found = plan(Question("pricing", assumptions=given), shown=0).data
    assert [one["name"] for one in found["groups"]] == list(names)
    for one in found["groups"]:
        them = inside[one["name"]]
        assert one["customers_count"] == len(them)
        assert one["share"] == four(Fraction(len(them), len(keys)))
        assert one["sales"] == four(sum((sum(scored.sales(key)) for key in them), Fraction(0)))
        # 0.1 / (0.4 - 0.1).
        assert one["break_even_uplift"] == "0.3333"
        customers = matching_customers(one["conditions"], applies_to="both")
        assert set(customers.values_list("pk", flat=True)) == set(them)


@pytest.mark.parametrize(
    ("cut", "margin", "more"), [("0", "0.4", "0.0000"), ("0.3999", "0.4", "3999.0000")]
)
def test_a_reduction_below_the_margin_has_its_break_even(scored, cut, margin, more):
    given = {"price_cut": Decimal(cut), "margin": Decimal(margin)}
    groups = plan(Question("pricing", assumptions=given), shown=0).data["groups"]
    assert {one["break_even_uplift"] for one in groups} == {more}


@pytest.mark.parametrize(
    ("cut", "margin"), [("0.4", "0.4"), ("0.5", "0.4"), ("1", None), ("0", "0")]
)
def test_a_reduction_that_takes_the_whole_margin_is_refused(scored, cut, margin):
    given = {"price_cut": Decimal(cut)} | ({"margin": Decimal(margin)} if margin else {})
    with pytest.raises(Invalid) as refused:
        plan(Question("pricing", assumptions=given), shown=0)
    (problem,) = refused.value.problems
    assert (problem.path, problem.code) == ("assumptions.price_cut", "discount_exceeds_margin")


# One budget for several -----------------------------------------------------------------------


def make_segment(code, ids):
    one = {"attribute": "customer.id", "operator": "is_one_of", "value": ids}
    create_segment(
        Definition(code, conditions={"match": "all", "conditions": [one]}, applies_to="both"),
        code=code,
        author=None,
    )


def test_a_budget_goes_where_it_brings_most(scored):
    ids = [scored.people[key].external_id for key in sorted(scored.people)]
    members = {"a": ids[::2], "b": ids[1::3], "c": ids}
    for code, them in members.items():
        make_segment(code, them)
    campaigns = [
        Campaign("mail", "a", Decimal("0.5"), Decimal("0.02"), "clv"),
        Campaign("call", "b", Decimal("2"), Decimal("0.3"), "order"),
        Campaign("banner", "c", Decimal("0"), Decimal("0.001"), "order"),
        Campaign("unknown", "c", Decimal("1"), None, "clv"),
    ]
    given = {"margin": Decimal("0.5")}
    for budget in ("0", "1", "3.7", "40"):
        question = Question(
            "budget", budget=Decimal(budget), assumptions=given, campaigns=campaigns
        )
        found = plan(question, shown=1000)
        assert found.data["eligible_count"] == len(ids)
        assert found.data["warnings"] == ["uplift_unknown", "lifetime_value_is_revenue"]
        check_allocation(found, taken_plainly(scored, campaigns, members, Fraction(budget)))
        assert Fraction(found.data["cost"]) <= Fraction(budget)


def taken_plainly(scored, campaigns, members, budget):
    """Return (campaign, value, cost) of who is taken, by key; margin 0.5."""
    entries = []
    for number, one in enumerate(campaigns):
        for key, row in scored.rows.items():
            is_clv = one.value == "clv"
            missing = row.clv is None if is_clv else not row.frequency_score
            is_member = scored.people[key].external_id in members[one.segment]
            if one.uplift is None or missing or not is_member:
                continue
            worth = Fraction(row.clv) if is_clv else scored.average(key) / 2
            cost = Fraction(one.cost_per_contact)
            value = Fraction(one.uplift) * worth - cost
            ratio = -value / cost if cost else 0
            entries.append(((bool(cost), ratio, key, number), value, cost, one.code))
    taken = {}
    for (_costs, _ratio, key, _number), value, cost, code in sorted(entries):
        if value > 0 and key not in taken and cost <= budget:
            taken[key] = (code, value, cost)
            budget -= cost
    return taken


def check_allocation(found, taken):
    assert [(one.key, one.campaign, one.expected_value) for one in found.contacts] == [
        (key, code, four(value)) for key, (code, value, _cost) in taken.items()
    ]
    for line in found.data["campaigns"]:
        mine = [one for one in taken.values() if one[0] == line["code"]]
        assert line["count"] == len(mine)
        assert line["cost"] == four(sum((cost for _code, _value, cost in mine), Fraction(0)))
        total = sum((value for _code, value, _cost in mine), Fraction(0))
        assert line["expected_value"] == (None if line["code"] == "unknown" else four(total))
    spent = sum((cost for _code, _value, cost in taken.values()), Fraction(0))
    total = sum((value for _code, value, _cost in taken.values()), Fraction(0))
    data = found.data
    assert (data["selected_count"], data["cost"]) == (len(taken), four(spent))
    assert data["expected_value"] == four(total)
    assert data["roi"] == (four(total / spent) if spent else None)


# How things stand -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        ("retention", ("churn", "clv")),
        ("win_back", ("journey",)),
        ("upsell", ("journey", "churn", "clv")),
        ("loyalty", ("rfm",)),
        ("pricing", ("rfm",)),
    ],
)
def test_without_a_deployed_version_there_is_no_answer(scored, code, needed):
    for model in needed:
        deployed = PredictionModel.objects.get(code=model).deployed
        PredictionModel.objects.filter(code=model).update(deployed=None)
        with pytest.raises(Refused) as refused:
            plan(Question(code), shown=0)
        assert refused.value.code == "no_deployed_model" and model in str(refused.value)
        PredictionModel.objects.filter(code=model).update(deployed=deployed)
    others = PredictionModel.objects.exclude(code__in=needed)
    others.update(deployed=None)
    assert plan(Question(code), shown=0).data["as_of"] == NOW


def test_scores_that_are_old_or_not_there_are_said_to_be(scored):
    PredictionModel.objects.filter(code="churn").update(limits={"version": 7})
    assert "stale_scores" in plan(Question("retention"), shown=0).data["warnings"]
    PredictionModel.objects.filter(code="clv").update(as_of=None)
    found = plan(Question("retention"), shown=0).data
    assert "not_scored" in found["warnings"] and found["as_of"] is None


@pytest.mark.parametrize("code", [*CONTACTING, *PARTING])
def test_a_saved_segment_has_just_those_who_are_eligible(scored, code):
    found = plan(Question(code), shown=0)
    segment = save_as_segment(found.tree, code="made", name="Made", author=None)
    assert not segment.is_active and segment.conditions == found.data["conditions"]
    Segment.objects.filter(pk=segment.pk).update(is_active=True)
    refresh_segment(Segment.objects.get(pk=segment.pk))
    members = Membership.objects.filter(segment=segment).values_list("customer", flat=True)
    assert set(members) == scored.eligible(code)


def test_every_strategy_says_what_it_is(db):
    for strategy in STRATEGIES.values():
        assert str(strategy.label) and str(strategy.about)


def test_what_the_database_cannot_work_out_is_said(scored, monkeypatch):
    def overflows(*_asked, **_more):
        raise DataError("bigint out of range")

    monkeypatch.setattr("predictions.strategies.plans.plan.matching_customers", overflows)
    with pytest.raises(Refused) as refused:
        plan(Question("retention"), shown=0)
    assert refused.value.code == "cannot_compute" and "out of range" in str(refused.value)
