"""The results of an experiment in words and cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.text.formats import UNKNOWN, currency_symbol, number_shown, share_shown
from personalization.experiments.assignment.channels import Channel
from personalization.experiments.results.samples import RATES
from personalization.experiments.results.verdict import FEWEST
from personalization.models import Method, Metric

DECIMALS = 2
LEAST_P = 0.0001
Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A metric: its name, a note, and a row of cells for each variant, the control first."""

    name: str
    rows: Sequence[Sequence[str]]
    note: str = ""


def verdict_sentence(figures: Figures, *, is_stopped: bool) -> str:
    """Return the conclusion as one sentence."""
    planned = figures["power"]["planned_size"] or 0
    # A stopped experiment assigns no more customers; only windows that are still open may end.
    is_short = is_stopped and any(one["assigned"] < planned for one in figures["variants"])
    if figures["verdict"] == "not_enough" and is_short:
        return _("It was stopped before every variant had its planned size: no result.")
    if figures["verdict"] == "better":
        text = _("“%(variant)s” is better than the control, by %(metric)s: %(difference)s.")
        (won,) = [one for one in figures["variants"] if one["code"] == figures["winner"]]
        is_rate = figures["metric"] in RATES
        said = {
            "variant": won["code"],
            "metric": Metric(figures["metric"]).label,
            "difference": format_value(won["difference"], is_rate=is_rate, points=True),
        }
        return text % said
    return {
        "srm": _("Nothing can be concluded: the split between the variants is broken."),
        "not_enough": _too_early(figures, planned),
        "worse": _("No variant is better than the control, and at least one is worse."),
        "no_difference": _("No difference was found between the variants and the control."),
    }[figures["verdict"]]


def _too_early(figures: Figures, planned: int) -> str:
    """Return the progress of the variant furthest behind, among the variants with a weight."""
    is_sequential = figures["method"] == Method.SEQUENTIAL
    needed = FEWEST if is_sequential else planned
    weighed = [one for one in figures["variants"] if one["weight"]]
    behind = min(weighed, key=lambda one: one["units"])
    if behind["units"] >= needed:
        return _("It is too early: there are not enough customers yet.")
    text = (
        _("It is too early: each variant needs %(needed)s customers, and “%(code)s” has %(there)s.")
        if is_sequential
        else _(
            "It is too early: %(needed)s customers are planned for each variant, and “%(code)s” "
            "has %(there)s."
        )
    )
    return text % {
        "needed": number_shown(needed),
        "code": behind["code"],
        "there": number_shown(behind["units"]),
    }


def shown_in(channel: Channel, variant: Mapping[str, Any]) -> str:
    """Return the content of a channel's variant in words."""
    said = [
        _("%(field)s “%(value)s”") % {"field": field.label, "value": variant[field.name]}
        for field in channel.fields
        if field.name in variant
    ]
    return ", ".join(said) or str(channel.plain)


def split_sentence(figures: Figures) -> str:
    """Return whether the variants have as many customers as their weights promise."""
    found = figures["srm"]
    if found["alarm"]:
        text = _(
            "Broken: the variants have not the customers that their weights promise (p %(p)s). "
            "Look for what keeps a variant from being shown before you trust any figure."
        )
        return text % {"p": format_p_value(found["p_value"])}
    if not sum(found["counts"].values()):
        return _("Nobody was assigned a variant yet.")
    text = _("Sound: the variants have as many customers as their weights promise (p %(p)s).")
    return text % {"p": format_p_value(found["p_value"])}


def cuped_sentence(figures: Figures) -> str:
    """Return the share of the variance explained by the time before the exposure; "" until it is
    known.
    """
    found = figures["cuped"]
    if found["gain"] is None:
        return ""
    if found["gain"] == "none":
        return _("What customers did in the 90 days before explains nothing: plain figures stand.")
    text = _(
        "What customers did in the 90 days before explains %(share)s of the variance; differences "
        "and intervals are adjusted for it (CUPED)."
    )
    return text % {"share": share_shown(found["variance_reduction"])}


def sizes_of(figures: Figures, shows: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return how many customers each variant has, beside how many it needs.

    `shows` has in words what variants show, by their codes.
    """
    planned = figures["power"]["planned_size"]
    return [
        {
            "code": one["code"],
            "shows": shows.get(one["code"], ""),
            "weight": share_shown(one["weight"] / 10_000, decimals=DECIMALS),
            "assigned": number_shown(one["assigned"]),
            "units": number_shown(one["units"]),
            "pending": number_shown(one["pending"]),
            "done": min(one["units"], planned) if planned else None,
        }
        for one in figures["variants"]
    ]


def tables_of(figures: Figures) -> list[Table]:
    """Return the primary metric and the further ones."""
    decides = _("It decides; further metrics are shown beside it, and decide nothing.")
    found = [_table(figures["metric"], figures["variants"], figures, decides)]
    return found + [
        _table(part["metric"], part["variants"], figures) for part in figures["metrics"]
    ]


def segments_of(figures: Figures, names: Mapping[str, str]) -> list[Table]:
    """Return the primary metric of each segment."""
    notes = {
        "too_few": _("Too few customers in a variant to say anything."),
        "sign_differs": _("Here the difference points the other way than in the whole."),
    }
    found = []
    for part in figures["segments"]:
        name = names.get(part["segment"], part["segment"])
        rows = _rows(figures["metric"], part["variants"], figures)
        found.append(Table(name, rows, notes.get(part["note"] or "", "")))
    return found


def format_p_value(p: float | None) -> str:
    """Return a p-value with four decimals; a p-value below `LEAST_P` as "< `LEAST_P`"."""
    if p is None:
        return UNKNOWN
    if p < LEAST_P:
        return f"< {number_shown(Decimal(str(LEAST_P)))}"
    return number_shown(Decimal(str(p)), 4)


def _table(metric: str, variants: Sequence[Figures], figures: Figures, note: str = "") -> Table:
    label = str(Metric(metric).label)
    if metric == Metric.REVENUE_PER_VISITOR:
        label = f"{label}, {currency_symbol()}"
    return Table(label, _rows(metric, variants, figures), note)


def _rows(metric: str, variants: Sequence[Figures], figures: Figures) -> list[list[str]]:
    is_rate = metric in RATES
    # With repeated looks, a plain p-value can contradict the sequential interval, which decides.
    is_sequential = figures["method"] == Method.SEQUENTIAL
    interval = "always_valid_interval" if is_sequential else "interval"
    return [
        [
            one["code"],
            number_shown(one["units"]),
            format_value(one["rate"] if is_rate else one["mean"], is_rate=is_rate),
            format_value(one.get("difference"), is_rate=is_rate, points=True),
            share_shown(one.get("relative"), decimals=DECIMALS) or UNKNOWN,
            format_interval(one.get(interval), is_rate=is_rate),
            *([] if is_sequential else [format_p_value(one.get("adjusted_p_value"))]),
        ]
        for one in variants
    ]


def format_interval(found: Sequence[float] | None, *, is_rate: bool) -> str:
    """Return both ends of an interval of differences."""
    if found is None:
        return UNKNOWN
    # A rate cannot differ by more than all.
    ends = [max(-1.0, min(1.0, one)) if is_rate else one for one in found]
    low, high = (format_value(one, is_rate=is_rate, points=True) for one in ends)
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def format_value(number: float | None, *, is_rate: bool, points: bool = False) -> str:
    """Return a rate as per cent, or in points where it is a difference; others as a number."""
    if number is None:
        return UNKNOWN
    if not is_rate:
        return number_shown(Decimal(str(number)), DECIMALS)
    if points:
        text = _("%(number)s points")
        return text % {"number": number_shown(Decimal(str(number)) * 100, DECIMALS)}
    return share_shown(number, decimals=DECIMALS)
