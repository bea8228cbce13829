"""The result of a plan in words and tables; without a known uplift no amounts are shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.errors import InvalidTree
from conditions.language.operators import Words
from conditions.parse import parse_tree
from core.text.formats import UNKNOWN, currency_symbol, moment_shown, number_shown
from predictions.admin.insights.numbers import amount, money, number, share
from predictions.admin.insights.show_customers import Links
from predictions.admin.models.versions.sentences import warning_in_words
from predictions.strategies.assumptions.values import ASSUMPTIONS, BENEFIT_PERCENT, SOURCES, UPLIFT
from predictions.strategies.catalogue import STRATEGIES
from predictions.strategies.kinds.loyalty import TIER_LABELS
from predictions.strategies.kinds.pricing import GROUP_LABELS
from predictions.strategies.plans.warnings import NOT_SCORED
from predictions.strategies.strategy import ContactStrategy

WARNINGS: Mapping[str, Words] = {
    "uplift_of_visits": gettext_lazy(
        "The model says how many more visit the shop, not how many more buy: the expected value "
        "is too high. Train it on purchases to plan money."
    ),
    "uplift_unknown": gettext_lazy(
        "How much a contact changes is not known: it was neither measured nor given. So no "
        "expected value is shown, and nobody is chosen by one. Enter an uplift that you have "
        "measured with a group that was not contacted."
    ),
    "margin_unknown": gettext_lazy(
        "The margin is not known: sales stand for profit here, and what is really earned is less."
    ),
    "lifetime_value_is_revenue": gettext_lazy(
        "Lifetime values were predicted without a margin: they are revenue, and the margin that is "
        "given here changes nothing of them. Train the model with the margin."
    ),
    NOT_SCORED: gettext_lazy(
        "One of the models has not scored everybody yet: who has no score is not eligible."
    ),
    "stale_scores": gettext_lazy(
        "Some of the scores are by a version that is no longer deployed; the next scoring brings "
        "those of the one that is."
    ),
}


@dataclass(frozen=True)
class Line:
    """A row of a table; `url`, if any, is the link of `count` to the customers."""

    label: str
    count: int
    cells: Sequence[str]
    url: str = ""


@dataclass(frozen=True)
class Table:
    """A part of the result as a table, whose first two columns are label and customers."""

    title: str
    first: str
    columns: Sequence[str]
    lines: Sequence[Line]


@dataclass(frozen=True)
class PlanShown:
    """The result of a plan for people; `figures` are (label, value), `notes` are sentences.

    `eligible` is None before the first scores, when the eligible customers are still unknown.
    """

    sentence: str
    eligible: int | None
    url: str
    as_of: str
    figures: Sequence[tuple[str, str]]
    interval: str
    is_rule_of_thumb: bool
    notes: Sequence[str]
    assumptions: Sequence[tuple[str, str, str]]
    tables: Sequence[Table]


def plan_for_page(data: Mapping[str, Any], links: Links) -> PlanShown:
    """Return a result for its reader; `data` is `Plan.data` or the stored result of a plan."""
    strategy = STRATEGIES[data["strategy"]]
    is_contact = isinstance(strategy, ContactStrategy)
    return PlanShown(
        _sentence(data),
        eligible_of(data),
        links.to(str(strategy.label), data["conditions"]["conditions"])
        if data["eligible_count"]
        else "",
        _as_of(data["as_of"]),
        list(_figures(data)) if is_contact or "campaigns" in data else _of_parts(data),
        _interval(data["interval"]),
        strategy.code == "retention" and data["expected_value"] is not None,
        [
            str(WARNINGS[one]) if one in WARNINGS else warning_in_words(one)
            for one in data["warnings"]
        ],
        [
            (
                str(ASSUMPTIONS[name].label),
                _assumed_value_text(one["value"]),
                str(SOURCES[one["source"]]),
            )
            for name, one in data["assumptions"].items()
            if one["is_used"]
        ],
        list(_tables(data, links)),
    )


def eligible_of(data: Mapping[str, Any]) -> int | None:
    """Return the number of eligible customers; None if it is 0 for lack of scores."""
    count: int = data["eligible_count"]
    return count if count or NOT_SCORED not in data["warnings"] else None


def segment_button(data: Mapping[str, Any] | None) -> str:
    """Return the label of the button that makes a segment of the chosen customers; "" for none."""
    if data is None or data["expected_value"] is None or not data["selected_count"]:
        return ""
    # The button plans anew by what the form says by then: a number here might be another one.
    return _("Make a segment of the chosen customers")


def _sentence(data: Mapping[str, Any]) -> str:
    """Return the sentence of the eligible customers in the reader's language.

    For a rule that is no longer valid, return the stored sentence.
    """
    try:
        return parse_tree(data["conditions"], stored=True).sentence()
    except InvalidTree:
        return str(data["sentence"])


def _as_of(as_of: Any) -> str:
    return "" if as_of is None else moment_shown(as_of)


def _figures(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the figures of the contacts; none without a known uplift or without scores."""
    if data["expected_value"] is None or eligible_of(data) is None:
        return
    yield _("To be contacted"), number_shown(data["selected_count"])
    yield _("Cost"), money(data["cost"])
    yield _("Expected value, less the cost"), money(data["expected_value"])
    if data["roi"] is not None:
        yield _("Expected value per cost"), number(data["roi"], 2)


def _of_parts(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    cost = data.get("benefit_cost")
    if cost is None and data["assumptions"][BENEFIT_PERCENT]["value"] is None:
        return []
    return [(_("Cost of the benefit"), UNKNOWN if cost is None else money(cost))]


def _interval(interval: Sequence[str] | None) -> str:
    if interval is None:
        return ""
    low, high = (money(end) for end in interval)
    text = _(
        "By the 95 per cent interval of the measured uplift the value lies between %(low)s and "
        "%(high)s."
    )
    return text % {"low": low, "high": high}


def _assumed_value_text(value: str | None) -> str:
    if value is None:
        return UNKNOWN
    return number(value, max(2, len(value.rstrip("0").partition(".")[2])))


def _tables(data: Mapping[str, Any], links: Links) -> Iterator[Table]:
    currency = {"currency": currency_symbol()}
    sales = _("Sales, %(currency)s") % currency
    if "tiers" in data:
        columns = [_("From, %(currency)s") % currency, _("Share"), sales]
        lines = [
            _line(one, TIER_LABELS, links, [amount(one["at_least"]), share(one["share"])])
            for one in data["tiers"]
        ]
        yield Table(_("Tiers"), _("Tier"), columns, lines)
    if "groups" in data:
        columns = [_("Share"), _("More sales needed"), sales]
        lines = [
            _line(one, GROUP_LABELS, links, [share(one["share"]), share(one["break_even_uplift"])])
            for one in data["groups"]
        ]
        yield Table(_("Groups"), _("Group"), columns, lines)
    if "campaigns" in data:
        yield Table(
            _("Campaigns"),
            _("Campaign"),
            [
                _("Cost, %(currency)s") % currency,
                _("Expected value, %(currency)s") % currency,
                str(ASSUMPTIONS[UPLIFT].label),
                _("Where the uplift is from"),
            ],
            [
                Line(
                    one["code"],
                    one["count"],
                    [
                        amount(one["cost"]),
                        amount(one["expected_value"]),
                        _assumed_value_text(one["uplift"]["value"]),
                        str(SOURCES[one["uplift"]["source"]]),
                    ],
                )
                for one in data["campaigns"]
            ],
        )


def _line(
    one: Mapping[str, Any], labels: Mapping[str, Words], links: Links, cells: Sequence[str]
) -> Line:
    label, tree = str(labels[one["name"]]), one["conditions"]
    url = links.to(label, tree["conditions"]) if one["customers_count"] else ""
    return Line(label, one["customers_count"], [*cells, amount(one["sales"])], url)
