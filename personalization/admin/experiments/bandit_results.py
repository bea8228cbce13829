"""The results of a bandit in words, cells and a drawing of the weights over the batches."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core.figures.lines import Line, lines_chart
from core.text.formats import UNKNOWN, number_shown, share_shown
from personalization.admin.experiments.shown import (
    DECIMALS,
    format_interval,
    format_p_value,
    format_value,
)
from personalization.models import Experiment, OnWinner, Reward

WHOLE = 10_000
# The number of different lines in the style sheet.
STYLES = 10
Figures = Mapping[str, Any]


def bandit_context(row: Experiment, figures: Figures) -> dict[str, Any]:
    """Return the context of a bandit for the page of results."""
    codes = [one["code"] for one in figures["variants"]]
    return {
        "bandit": {
            "winner": _winner_shown(row, figures),
            "verdict": _verdict_shown(figures),
            "progress": _("%(begun)s of %(planned)s planned batches have begun.")
            % {
                "begun": number_shown(len(figures["batches"])),
                "planned": number_shown(row.planned_batches),
            },
            "regret": _regret_shown(figures),
            "reward": Reward(row.reward).label,
            "is_over": figures["power"]["is_reached"],
            "chart": _weights_chart(figures["batches"], codes),
            "key": [(code, f"bandit-key-{place % STYLES}") for place, code in enumerate(codes)],
            "codes": codes,
            "batches": _batch_rows(figures["batches"]),
            "variants": [_variant_row(one) for one in figures["variants"]],
        }
    }


def _winner_shown(row: Experiment, figures: Figures) -> str:
    if figures["winner"] is None:
        return ""
    text = {
        OnWinner.REST.value: _(
            "“%(variant)s” has won. It gets all customers but the evenly split share until the "
            "planned end, and everybody afterwards."
        ),
        OnWinner.HOLD.value: _("“%(variant)s” has won. The weights stay as they are."),
        OnWinner.STOP.value: _("“%(variant)s” has won. The experiment was stopped."),
    }[row.on_winner]
    return text % {"variant": figures["winner"]}


def _verdict_shown(figures: Figures) -> str:
    """Return the conclusion where no variant has won."""
    if figures["verdict"] == "srm":
        return _("Nothing can be concluded: the split between the variants is broken.")
    if figures["winner"] is not None:
        return ""
    if not figures["power"]["is_reached"]:
        return _("No variant has won yet.")
    if figures["verdict"] == "no_difference":
        return _("The planned batches are over: no difference to the control was found.")
    return _("The planned batches are over: the intervals below say what was found.")


def _regret_shown(figures: Figures) -> str:
    if figures["regret_estimate"] is None:
        return UNKNOWN
    return number_shown(Decimal(str(figures["regret_estimate"])), 1)


def _weights_chart(batches: Sequence[Figures], codes: Sequence[str]) -> SafeString:
    """Return a line of weights for each variant; nothing below two batches."""
    if len(batches) < 2:
        return SafeString()
    lines = [
        Line(
            [one["weights"][place] / WHOLE for one in batches],
            f"bandit-line bandit-line-{place % STYLES}",
        )
        for place in range(len(codes))
    ]
    last = batches[-1]["weights"]
    said = ", ".join(
        f"{code} {share_shown(weight / WHOLE)}" for code, weight in zip(codes, last, strict=True)
    )
    return lines_chart(
        lines,
        _("Weights of the variants over the batches; in the newest batch: %(weights)s.")
        % {"weights": said},
        ends=(_batch_name(batches[0]), _batch_name(batches[-1])),
        limits=(0.0, 1.0),
        written=(share_shown(0.0), share_shown(1.0)),
        places=[float(one["number"]) for one in batches],
    )


def _batch_rows(batches: Sequence[Figures]) -> list[dict[str, Any]]:
    """Return the batches, the newest first, with a cell for each variant."""
    return [
        {
            "name": _batch_name(one),
            "start": date_format(localtime(one["start"]), "SHORT_DATETIME_FORMAT"),
            "cells": [
                {
                    "weight": share_shown(one["weights"][place] / WHOLE, decimals=DECIMALS),
                    "units": number_shown(one["units"][place]),
                    "successes": UNKNOWN
                    if one["successes"] is None
                    else number_shown(one["successes"][place]),
                }
                for place in range(len(one["weights"]))
            ],
        }
        for one in reversed(batches)
    ]


def _batch_name(batch: Figures) -> str:
    return number_shown(batch["number"] + 1)


def _variant_row(one: Figures) -> list[str]:
    """Return the cells: code, customers, successes, rate, difference, both intervals, p."""
    return [
        one["code"],
        number_shown(one["units"]),
        UNKNOWN if one["conversions"] is None else number_shown(one["conversions"]),
        format_value(one["rate"], is_rate=True),
        format_value(one.get("difference"), is_rate=True, points=True),
        format_interval(one.get("always_valid_interval"), is_rate=True),
        format_interval(one.get("interval"), is_rate=True),
        format_p_value(one.get("adjusted_p_value")),
    ]
