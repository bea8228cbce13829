"""An experiment that has begun, in words: what is compared, for whom, until when, how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.text import Truncator, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.clock import now
from core.text.formats import day_shown, in_quotes, number_shown, share_shown
from personalization.admin.audience import describe_audience, segment_names_for
from personalization.admin.experiences.content.stored_fields import KIND_LABELS
from personalization.admin.experiments.shown import shown_in
from personalization.admin.experiments.variant_fields import code_showing
from personalization.admin.lists.figures import NAMES
from personalization.experiments.assignment.channels import channel_of
from personalization.experiments.bandits.outcomes import outcomes_of, split_of, totals
from personalization.experiments.results.units import counts_of, unit_assignments, unit_counts_of
from personalization.experiments.results.verdict import FEWEST
from personalization.models import (
    Experiment,
    ExperimentState,
    Method,
    Metric,
    Mode,
    Reward,
)
from personalization.statistics import srm

DAY = timedelta(days=1)
# Characters of a variant's text beside its name.
LONGEST = 60
# An end farther off says nothing that anybody could plan by.
FARTHEST = 2 * 365 * DAY
GOALS = {
    Metric.CONVERSION_RATE.value: gettext_lazy("who buys"),
    Metric.ORDERS_PER_VISITOR.value: gettext_lazy("how many orders each customer places"),
    Metric.REVENUE_PER_VISITOR.value: gettext_lazy("how much each customer spends"),
    Metric.CLICK_THROUGH_RATE.value: gettext_lazy("who clicks on it"),
}
REWARDS = {
    Reward.CLICK.value: gettext_lazy("who clicks on it"),
    Reward.CONVERSION.value: gettext_lazy("who buys"),
    Reward.OPEN.value: gettext_lazy("who opens the mail"),
}


@dataclass(frozen=True)
class VariantRow:
    """A variant in words; `done` is the number of its units up to the planned size, if any."""

    code: str
    shows: str
    share: str
    assigned: str
    done: int | None


@dataclass(frozen=True)
class Summary:
    """What the page of an experiment that has begun says first.

    `light` is that of the split between the variants: `good`, `bad`, or `none` while it is too
    early. `until` is "" where nobody can know it yet.
    """

    decision: str
    sentences: Sequence[str]
    since: str
    until: str
    is_over: bool
    variants: Sequence[VariantRow]
    planned: int
    light: str
    split: str


def summary_of(row: Experiment, user: Any) -> Summary:
    """Return how `row`, which has begun, stands now; `user` reads it."""
    at = now()
    counts, is_broken = _split_now(row, at)
    assigned = sum(counts.values())
    # The results leave out some of the customers who were assigned.
    units = counts if row.mode == Mode.BANDIT else unit_counts_of(row, at)
    ends = _ends_about(row, units, at)
    return Summary(
        decision=_decision(row, assigned, units, is_broken=is_broken, at=at),
        sentences=list(sentences_of(row, user)),
        since=_day(row.started_at),
        until=_day(row.stopped_at or ends),
        is_over=row.state == ExperimentState.STOPPED,
        variants=[
            VariantRow(
                code=one["code"],
                shows=shows,
                share=share_shown(one["weight"] / 10_000, decimals=2),
                assigned=number_shown(counts[one["code"]]),
                done=min(units[one["code"]], row.planned_size) if row.planned_size else None,
            )
            for one, shows in zip(row.variants, variants_in_words(row), strict=True)
        ],
        planned=row.planned_size or 0,
        light=_light(assigned, is_broken=is_broken),
        split=_split_in_words(assigned, is_broken=is_broken),
    )


def variants_in_words(row: Experiment) -> list[str]:
    """Return what each variant of `row` shows, in their order."""
    known = list(row.placement.variants.order_by("code")) if row.placement else []
    channel = channel_of(row.variants)
    if channel is not None:
        return [shown_in(channel, one) for one in row.variants]
    return [_shows(one, known) for one in row.variants]


def _shows(variant: Mapping[str, Any], known: Sequence[Any]) -> str:
    if "algorithm" in variant:
        return str(NAMES.get(variant["algorithm"], variant["algorithm"]))
    content = variant.get("content") or {}
    if not content:
        return _("the default")
    kind = KIND_LABELS.get(content.get("type", ""), _("own content"))
    name = code_showing(content, known) or str(kind)
    text = Truncator(content.get("title") or content.get("text") or "").chars(LONGEST)
    return _("%(name)s: %(text)s") % {"name": name, "text": in_quotes(text)} if text else name


def sentences_of(row: Experiment, user: Any) -> list[str]:
    """Return what is compared, for whom, and by which goal, a sentence each."""
    audience = describe_audience(row.audience, segment_names_for(user, [row]))
    if row.traffic < 10_000:
        text = _("%(audience)s, of these %(share)s")
        audience = text % {
            "audience": audience,
            "share": share_shown(row.traffic / 10_000, decimals=2),
        }
    return [
        _compared(row),
        _("Who takes part: %(audience)s.") % {"audience": audience},
        _goal(row),
    ]


def _compared(row: Experiment) -> str:
    channel = channel_of(row.variants)
    control, *others = row.variants
    is_today = channel is None and not control.get("content") and "algorithm" not in control
    is_over = row.state == ExperimentState.STOPPED
    default = _("what the shop showed then") if is_over else _("what the shop shows today")
    parts = {
        "variants": get_text_list([in_quotes(one["code"]) for one in others], _("and")),
        "control": default if is_today else in_quotes(control["code"]),
    }
    if channel is not None:
        text = _("%(channel)s: %(variants)s compared with %(control)s.")
        return text % (parts | {"channel": str(channel.label)})
    if row.placement is None:
        return _("Compared in the recommendations: %(variants)s with %(control)s.") % parts
    text = _("Compared at the place %(place)s: %(variants)s with %(control)s.")
    return text % (parts | {"place": in_quotes(row.placement.code)})


def _goal(row: Experiment) -> str:
    if row.mode == Mode.BANDIT:
        text = ngettext(
            "What decides: %(goal)s within an hour.",
            "What decides: %(goal)s within %(number)s hours.",
            row.reward_hours,
        )
        goal, number = REWARDS.get(row.reward, row.reward), row.reward_hours
    else:
        text = ngettext(
            "What decides: %(goal)s within a day after they first took part.",
            "What decides: %(goal)s within %(number)s days after they first took part.",
            row.window_days,
        )
        goal, number = GOALS[row.primary_metric], row.window_days
    return text % {"goal": goal, "number": number_shown(number)}


def _decision(
    row: Experiment, assigned: int, units: Mapping[str, int], *, is_broken: bool, at: datetime
) -> str:
    """Return in a sentence whether the results can be read, and what is missing for it."""
    if row.state == ExperimentState.STOPPED:
        if not assigned:
            return _("It is over, and nobody took part.")
        return _("It is over: the results say what came of it.")
    if not assigned:
        return _("It is running, and nobody takes part yet.")
    if is_broken:
        return _("Nothing can be concluded: the split between the variants is broken.")
    if row.mode == Mode.BANDIT or row.method == Method.SEQUENTIAL:
        return _("It is running; its results may be read at any time.")
    planned, weighed = row.planned_size or 0, _weighed(row)
    needed = planned * len(weighed)
    there = sum(min(units[one], planned) for one in weighed)
    if there < needed:
        text = _("Too early to decide: %(there)s of %(needed)s customers take part.")
        return text % {"there": number_shown(there), "needed": number_shown(needed)}
    before = unit_counts_of(row, at - timedelta(days=row.window_days))
    if any(before[one] < planned for one in weighed):
        text = ngettext(
            "Nearly decided: all customers take part, and the day of the last is not over.",
            "Nearly decided: all customers take part, and the %(days)s days of the last are not "
            "over.",
            row.window_days,
        )
        return text % {"days": number_shown(row.window_days)}
    return _("It can be decided: every variant has its planned size.")


def _ends_about(row: Experiment, units: Mapping[str, int], at: datetime) -> datetime | None:
    """Return about when the results of a running experiment can be read; None: nobody knows.

    Of a bandit that is the end of its planned batches, of others the day on which the variant
    furthest behind has its planned size at the pace so far, and the window of its last customer
    is over. Results that may be read at any time have no such day.
    """
    if row.started_at is None or row.state != ExperimentState.RUNNING:
        return None
    if row.mode == Mode.BANDIT:
        hours = row.planned_batches * row.batch_hours + row.reward_hours
        return row.started_at + timedelta(hours=hours)
    if row.method == Method.SEQUENTIAL or not row.planned_size:
        return None
    weighed, window = _weighed(row), timedelta(days=row.window_days)
    fewest = min(units[one] for one in weighed)
    if fewest >= row.planned_size:
        return max(_instant_of(row, one, row.planned_size, at) for one in weighed) + window
    passed = at - row.started_at
    if not fewest or passed < DAY:
        return None
    left = passed * (row.planned_size - fewest) / fewest
    return at + left + window if left <= FARTHEST else None


def _weighed(row: Experiment) -> list[str]:
    """Return the codes of the variants that customers get, which are those with a weight."""
    return [one["code"] for one in row.variants if one["weight"]]


def _instant_of(row: Experiment, variant: str, number: int, at: datetime) -> datetime:
    """Return when the variant got its unit of this number, counted from 1, of those until `at`."""
    rows = unit_assignments(row, at).filter(variant=variant).order_by("assigned_at")
    return rows.values_list("assigned_at", flat=True)[number - 1]


def _light(assigned: int, *, is_broken: bool) -> str:
    if assigned < FEWEST:
        return "none"
    return "bad" if is_broken else "good"


def _split_in_words(assigned: int, *, is_broken: bool) -> str:
    if not assigned:
        return _("Nobody was assigned a variant yet.")
    if assigned < FEWEST:
        return _("Too few were assigned yet to say whether the split holds.")
    if is_broken:
        return _("Broken: the variants have not the customers that their weights promise.")
    return _("The variants have as many customers as their weights promise.")


def _split_now(row: Experiment, at: datetime) -> tuple[dict[str, int], bool]:
    """Return the customers assigned to each variant, and whether they break the weights."""
    if row.mode == Mode.BANDIT:
        outcomes = outcomes_of(row, at)
        batches = list(row.batches.order_by("number"))
        codes = [one["code"] for one in row.variants]
        counts = dict(zip(codes, totals(outcomes.assigned), strict=True))
        found = split_of(outcomes, batches)
    else:
        counts = counts_of(row, at)
        found = srm([*counts.values()], [one["weight"] for one in row.variants])
    return counts, found.alarm and sum(counts.values()) >= FEWEST


def _day(at: datetime | None) -> str:
    return "" if at is None else day_shown(timezone.localtime(at).date())
