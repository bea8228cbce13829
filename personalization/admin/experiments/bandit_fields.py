"""The fields of a bandit in an experiment's form; an empty field keeps the stored value."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from personalization.admin.numbers import PercentField, WholeField, per_cent
from personalization.models import Experiment, Mode, OnWinner, Reward

NAMES = (
    *("mode", "reward", "reward_hours", "floor"),
    *("batch_hours", "planned_batches", "on_winner"),
)
EXPLANATION = gettext_lazy(
    "With fixed weights the experiment measures. A bandit earns while it measures: after each "
    "batch it gives more customers the variant that seems better. It begins with equal weights; "
    "planned size, metrics and the way of reading do not apply to it."
)


class BanditFields(forms.Form):
    """The form fields for mode and batches; mixed into the form of a draft."""

    mode = forms.ChoiceField(
        label=gettext_lazy("Weights"),
        required=False,
        choices=Mode.choices,
        widget=forms.RadioSelect,
    )
    reward = forms.ChoiceField(
        label=gettext_lazy("Success"),
        required=False,
        choices=[("", "–"), *Reward.choices],
        help_text=gettext_lazy(
            "In the shop a click on the place or an order, of a campaign an opened mail or a "
            "click in it."
        ),
    )
    reward_hours = WholeField(
        label=gettext_lazy("Hours until success is judged"),
        required=False,
        help_text=gettext_lazy("A success counts within so many hours of the first exposure."),
    )
    floor = PercentField(
        label=gettext_lazy("Evenly split share, %"),
        required=False,
        help_text=gettext_lazy(
            "So many of the customers are split evenly in every batch, from 10 %: no variant is "
            "ever given up, and the differences stay measurable."
        ),
    )
    batch_hours = WholeField(
        label=gettext_lazy("Hours of a batch"),
        required=False,
        help_text=gettext_lazy("The weights stay for so long: 24 are one day, 168 at most."),
    )
    planned_batches = WholeField(
        label=gettext_lazy("Planned batches"),
        required=False,
        help_text=gettext_lazy("Confidence intervals are shown once these are over; at least 2."),
    )
    on_winner = forms.ChoiceField(
        label=gettext_lazy("Once a variant has won"),
        required=False,
        choices=OnWinner.choices,
    )


def initial_of_bandit(row: Experiment) -> dict[str, Any]:
    """Return the initial values of the fields for a row."""
    return {
        "mode": row.mode,
        "reward": row.reward,
        "reward_hours": str(row.reward_hours),
        "floor": per_cent(row.floor),
        "batch_hours": str(row.batch_hours),
        "planned_batches": str(row.planned_batches),
        "on_winner": row.on_winner,
    }
