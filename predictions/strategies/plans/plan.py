"""Plans: the eligible customers, those to contact, the cost and the expected value.

A plan reads stored scores and sales of customers. A single query (one per campaign for `budget`)
finds the customers to contact, so that the data of all of them are of one moment.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from conditions.matching import matching_customers
from conditions.parse import parse_tree
from core.clock import now
from customers.models import Customer, Purpose
from customers.privacy.consent import refusing
from predictions.analytics.parts.selection import APPLIES_TO, Tree, all_of
from predictions.refusals import Refused
from predictions.registry import model_named
from predictions.scoring.on_demand import deployed_of
from predictions.strategies.assumptions.measured_uplift import measured_uplift
from predictions.strategies.assumptions.numbers import in_units, money_of, number_of, shown_exactly
from predictions.strategies.assumptions.values import (
    UPLIFT,
    Assumed,
    Source,
    assumptions_of,
    of_measured,
)
from predictions.strategies.catalogue import STRATEGIES
from predictions.strategies.kinds.budget import Budget
from predictions.strategies.plans.allocation import allocate
from predictions.strategies.plans.own_uplift import (
    OF_VISITS,
    WHOLE,
    is_of_visits,
    rank,
    uplift_model,
    weigh,
)
from predictions.strategies.plans.warnings import warn_of_margin, warn_of_scores, warn_of_uplift
from predictions.strategies.question import Campaign, Question
from predictions.strategies.selection import Candidate, Chosen, Sum, Terms, choose, most_for
from predictions.strategies.strategy import (
    ContactStrategy,
    PartingStrategy,
    PlanInputs,
    Strategy,
    asks,
    in_segments,
)

# The value of `shown` for all contacts of a plan.
ALL = sys.maxsize


@dataclass(frozen=True)
class Contact:
    """A customer to contact, by internal key; `campaign` is "" for strategies without campaigns.

    `expected_value` and `cost` are money with 4 decimals.
    """

    key: int
    expected_value: str
    cost: str
    campaign: str = ""


@dataclass(frozen=True)
class Plan:
    """The response of a plan, and its first contacts.

    `data` is JSON, except that `as_of` is an aware datetime or None, and contains no customers.
    """

    data: dict[str, Any]
    contacts: Sequence[Contact]

    @property
    def tree(self) -> Tree:
        """The tree of eligible customers."""
        tree: Tree = self.data["conditions"]
        return tree


def plan(question: Question, *, shown: int) -> Plan:
    """Return the plan for a question, with the first `shown` contacts.

    Raises `Invalid` with all problems, and `Refused`: `no_deployed_model`, and `cannot_compute`
    where the database cannot evaluate a segment's rule.
    """
    question.check()
    try:
        return _answer(question, shown)
    except DatabaseError as error:
        text = _("The database cannot work this out: %(error)s")
        raise Refused("cannot_compute", text % {"error": error}) from error


def _answer(question: Question, shown: int) -> Plan:
    strategy = STRATEGIES[question.strategy]
    found = _assumed_for(strategy, question)
    uplifts = [_uplift_of(one) for one in question.campaigns]
    by_model = [one.model for one in (found[UPLIFT], *uplifts) if one.model is not None]
    models = [*(model_named(code) for code in strategy.models_for(question)), *by_model]
    versions = [deployed_of(model) for model in models]
    group, at = parse_tree(_eligible(strategy, question, found[UPLIFT])), now()
    # The as-of time of a plan is that of the oldest scores that it reads.
    times = [model.as_of for model in models]
    is_scored = all(times)
    as_of = min((one for one in times if one), default=None) if is_scored else None
    inputs = PlanInputs(question, found, as_of or at, is_scored)
    customers = _willing(matching_customers(group, as_of=at, applies_to=APPLIES_TO))
    count = customers.count()
    more, contacts = _compute_plan(strategy, customers, inputs, uplifts, shown, at)
    data = {
        "strategy": strategy.code,
        "as_of": as_of,
        "conditions": group.json,
        "sentence": group.sentence(),
        "eligible_count": count,
        **_nothing(),
        **more,
        "assumptions": _assumptions_as_json(inputs.assumed, strategy.uses),
        "warnings": [
            *warn_of_uplift(inputs, more, strategy),
            *([OF_VISITS] if any(map(is_of_visits, by_model)) else []),
            *warn_of_margin(question, strategy, inputs, models, versions),
            *warn_of_scores(models, versions),
        ],
    }
    return Plan(data, contacts)


def _assumed_for(strategy: Strategy, question: Question) -> dict[str, Assumed]:
    """Return all assumptions; an uplift that is not given is the model's, else the measured one."""
    found = assumptions_of(question.assumptions, None)
    if UPLIFT in question.assumptions:
        return found
    if isinstance(strategy, ContactStrategy):
        model = uplift_model(strategy.code)
        if model is not None:
            return found | {UPLIFT: Assumed(None, Source.MODEL, model=model)}
    return assumptions_of(question.assumptions, measured_uplift(strategy.code))


def _eligible(strategy: Strategy, question: Question, uplift: Assumed) -> Tree:
    """Return the tree of eligible customers; with an uplift model, only those with uplift > 0."""
    tree = strategy.eligible(question)
    if uplift.model is None:
        return tree
    return all_of([*tree["conditions"], asks(f"prediction.{uplift.model.code}", "gt", "0")])


def _willing(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Return customers who do not refuse personalization now.

    The scores of customers who refuse are only deleted a little later.
    """
    return customers.exclude(refusing(Purpose.PERSONALIZATION))


def _nothing() -> dict[str, Any]:
    """Return the fields of a plan that contacts no customer."""
    return {
        "selected_count": 0,
        "cost": money_of(Fraction(0)),
        "expected_value": None,
        "interval": None,
        "roi": None,
    }


def _compute_plan(
    strategy: Strategy,
    customers: QuerySet[Customer],
    inputs: PlanInputs,
    uplifts: Sequence[Assumed],
    shown: int,
    at: datetime,
) -> tuple[dict[str, Any], list[Contact]]:
    """Return the result of the strategy for the eligible `customers`, and the first contacts."""
    match strategy:
        case PartingStrategy():
            return strategy.parts(customers, inputs), []
        case Budget():
            return _of_campaigns(strategy, inputs, uplifts, shown, at)
        case ContactStrategy():
            return _of_contacts(strategy, customers, inputs, shown)
    raise TypeError(f"{strategy.code} is of no known kind")


def _of_contacts(
    strategy: ContactStrategy, customers: QuerySet[Customer], inputs: PlanInputs, shown: int
) -> tuple[dict[str, Any], list[Contact]]:
    uplift, cost = inputs.assumed[UPLIFT], in_units(inputs.question.cost_per_contact)
    terms = _terms(uplift, cost)
    if terms is None:
        return {}, []
    candidates = strategy.candidates(customers, inputs)
    chosen: Chosen = choose(
        candidates if uplift.model is None else weigh(candidates, uplift.model),
        terms,
        most=most_for(_budget_in_units(inputs.question), cost),
        shown=shown,
        is_ranked=strategy.is_ranked and uplift.model is None,
    )
    found = _money(chosen.sum.count, chosen.sum.value(terms.uplift, cost), cost * chosen.sum.count)
    if uplift.interval is not None:
        ends = (chosen.sum.value(Fraction(end), cost) for end in uplift.interval)
        found["interval"] = [money_of(end) for end in ends]
    each = money_of(cost)
    return found, [Contact(one.key, money_of(terms.value(one)), each) for one in chosen.first]


def _terms(uplift: Assumed, cost: Fraction) -> Terms | None:
    """Return the terms of a contact; None if the uplift is unknown."""
    exact = uplift.exact if uplift.model is None else WHOLE
    return None if exact is None else Terms(exact, cost)


def _of_campaigns(
    strategy: Budget, inputs: PlanInputs, uplifts: Sequence[Assumed], shown: int, at: datetime
) -> tuple[dict[str, Any], list[Contact]]:
    campaigns = inputs.question.campaigns
    terms = [
        _terms(uplift, in_units(one.cost_per_contact))
        for one, uplift in zip(campaigns, uplifts, strict=True)
    ]
    streams = [
        _stream(strategy, one, uplift, inputs, at) if its else ()
        for one, uplift, its in zip(campaigns, uplifts, terms, strict=True)
    ]
    found = allocate(streams, terms, _budget_in_units(inputs.question), shown=shown)
    lines = [
        _line(one, uplift, its, total)
        for one, uplift, its, total in zip(campaigns, uplifts, terms, found.sums, strict=True)
    ]
    known = [(its, total) for its, total in zip(terms, found.sums, strict=True) if its]
    cost = sum((its.cost * total.count for its, total in known), Fraction(0))
    value = sum((total.value(its.uplift, its.cost) for its, total in known), Fraction(0))
    whole = _money(sum(total.count for total in found.sums), value, cost) if known else {}
    contacts = []
    for entry in found.first:
        its = terms[entry.campaign]
        assert its is not None
        value_of, cost_of = money_of(its.value(entry.one)), money_of(its.cost)
        code = campaigns[entry.campaign].code
        contacts.append(Contact(entry.one.key, value_of, cost_of, code))
    return {**whole, "campaigns": lines}, contacts


def _stream(
    strategy: Budget, campaign: Campaign, uplift: Assumed, inputs: PlanInputs, at: datetime
) -> Iterable[Candidate]:
    """Return the candidates of a campaign in the order that `allocate` requires."""
    candidates = strategy.candidates(_members(campaign, at), campaign, inputs)
    if uplift.model is None:
        return candidates
    weighed = weigh(candidates, uplift.model)
    # Free contacts are ordered by key only.
    return rank(weighed) if campaign.cost_per_contact else weighed


def _line(campaign: Campaign, uplift: Assumed, terms: Terms | None, total: Sum) -> dict[str, Any]:
    """Return the result of a campaign; without terms its expected value is None."""
    cost = in_units(campaign.cost_per_contact) * total.count
    return {
        "code": campaign.code,
        "count": total.count,
        "cost": money_of(cost),
        "expected_value": None
        if terms is None
        else money_of(total.value(terms.uplift, terms.cost)),
        "uplift": _assumed_shown(uplift),
    }


def _members(campaign: Campaign, at: datetime) -> QuerySet[Customer]:
    tree = {"match": "all", "conditions": [in_segments([campaign.segment])]}
    return _willing(matching_customers(tree, as_of=at, applies_to=APPLIES_TO))


def _uplift_of(campaign: Campaign) -> Assumed:
    if campaign.uplift is not None:
        return Assumed(campaign.uplift, Source.GIVEN)
    model = uplift_model(campaign.code)
    if model is not None:
        return Assumed(None, Source.MODEL, model=model)
    measured = measured_uplift(Budget.code, campaign.code)
    return Assumed(None, Source.DEFAULT) if measured is None else of_measured(measured)


def _budget_in_units(question: Question) -> Fraction | None:
    return None if question.budget is None else in_units(question.budget)


def _money(count: int, value: Fraction, cost: Fraction) -> dict[str, Any]:
    return {
        "selected_count": count,
        "cost": money_of(cost),
        "expected_value": money_of(value),
        "roi": number_of(value / cost) if cost else None,
    }


def _assumptions_as_json(found: Mapping[str, Assumed], uses: Iterable[str]) -> dict[str, Any]:
    """Return all assumptions as JSON; `is_used`: the strategy uses the assumption."""
    used = set(uses)
    return {name: _assumed_shown(one) | {"is_used": name in used} for name, one in found.items()}


def _assumed_shown(one: Assumed) -> dict[str, Any]:
    return {"value": shown_exactly(one.value), "source": one.source.value}
