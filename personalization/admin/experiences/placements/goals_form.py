"""How a placement chooses: the fields of its form, and which variant would win."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text.formats import number_shown, share_shown
from personalization.admin.numbers import PercentField, per_cent
from personalization.experiences.serving.goal_choice import DEFAULT, best_variant, score_variants
from personalization.goals.evidence import evidence_of
from personalization.goals.scores import CONVERSIONS, DEFAULT_WEIGHTS, ENGAGEMENT, normalize_weights
from personalization.goals.weights import plain_weights
from personalization.models import Placement

WHOLE, STEP = 100, 10


class GoalFields(forms.Form):
    """Fields of a placement's form: a slider between engagement and conversions, and the share."""

    instance: Placement
    stored: Any

    goal_engagement = forms.IntegerField(
        label=gettext_lazy("Weight of engagement"),
        help_text=gettext_lazy(
            "Per cent for clicks; the rest is for orders. It counts where a page that asks gives "
            "no weights of its own."
        ),
        min_value=0,
        max_value=WHOLE,
        required=False,
        widget=forms.NumberInput(attrs={"type": "range", "step": 1}),
    )
    explore = PercentField(
        label=gettext_lazy("Customers who get a random variant"),
        help_text=gettext_lazy("Per cent; only these say how well a variant does."),
        required=False,
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.initial["goal_engagement"] = engagement_share(self.instance)
        self.initial["explore"] = per_cent(self.instance.explore)
        if "selection" in self.fields:
            self.fields["selection"].required = False

    def document(self) -> dict[str, Any]:
        """Return the document of the form, with the slider as weights of both goals."""
        document: dict[str, Any] = super().document()  # type: ignore[misc]
        for name in ("selection", "explore"):
            # Left empty it stays as it is.
            if self.cleaned_data.get(name) in (None, ""):
                document[name] = getattr(self.instance, name)
        share = self.cleaned_data.get("goal_engagement")
        if "goal_engagement" in self.changed_data and share is not None:
            document["goals"] = plain_weights(weights_at(share))
        return document

    def field_of(self, problem: Any) -> str:
        """Return the form's field that a finding is about."""
        field: str = super().field_of(problem)  # type: ignore[misc]
        return "goal_engagement" if field == "goals" else field


def weights_at(share: int) -> dict[str, float]:
    """Return the weights of both goals for a weight of engagement of `share` per cent."""
    return {ENGAGEMENT: share / WHOLE, CONVERSIONS: (WHOLE - share) / WHOLE}


def engagement_share(placement: Placement) -> int:
    """Return the weight of engagement in per cent."""
    weights = normalize_weights(placement.goals or DEFAULT_WEIGHTS)
    return round(weights.get(ENGAGEMENT, 0.0) * WHOLE)


@dataclass(frozen=True)
class Winner:
    """The variant that wins at a weight of engagement, with its score, formatted for display."""

    weight: str
    variant: str
    score: str
    is_current: bool


def winners(placement: Placement) -> list[Winner]:
    """Return the winner among all active variants at each tenth of the weight.

    The shopper is assumed to be in every audience; the evidence is the current one.
    """
    codes = placement.variants.filter(is_active=True).order_by("priority", "code")
    variants = [*codes.values_list("code", flat=True), DEFAULT]
    evidence = evidence_of([placement.code])[placement.code]
    current = round(engagement_share(placement) / STEP) * STEP
    found = []
    for share in range(0, WHOLE + 1, STEP):
        scores = score_variants(evidence, weights_at(share), dict.fromkeys(variants))
        code = best_variant(scores)
        found.append(
            Winner(
                share_shown(Decimal(share) / WHOLE),
                code or _("the default"),
                number_shown(Decimal(scores[code]), 3),
                share == current,
            )
        )
    return found
