"""The forms of a plan: only fields that the strategy uses, and no guessed initial values."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.forms.numbers import TypedDecimalField, spell_number
from core.problems import Problem
from core.text.typed_names import check_name
from predictions.strategies.assumptions.numbers import MONEY, BadNumber, Range
from predictions.strategies.assumptions.values import ASSUMPTIONS, UPLIFT
from predictions.strategies.question import (
    BUDGET,
    CLV,
    LEAST_CAMPAIGNS,
    MOST_CAMPAIGNS,
    ORDER,
    Campaign,
    Question,
)
from predictions.strategies.strategy import ContactStrategy, Strategy
from segments.models import Segment

COST, SEGMENT = "cost_per_contact", "segment"
VALUES: Mapping[str, Words] = {
    CLV: gettext_lazy("lifetime value"),
    ORDER: gettext_lazy("an order"),
}
NAMED = "segments.view_segment"


class AmountField(TypedDecimalField):
    """A field for a number within a range; None for an empty field."""

    def __init__(self, range_: Range, **more: Any) -> None:
        super().__init__(required=False, **more)
        self.range = range_

    def clean(self, value: Any) -> Decimal | None:
        number = super().clean(value)
        try:
            return None if number is None else self.range.checked(number)
        except BadNumber as error:
            raise forms.ValidationError(str(error)) from error


def segment_field(user: User | AnonymousUser, **more: Any) -> forms.Field:
    """Return the field of a segment: a choice for users who may see segments, else a code."""
    if not user.has_perm(NAMED):
        return forms.CharField(max_length=64, **more)
    rows = Segment.objects.order_by("name", "code").values_list("code", "name")
    return forms.ChoiceField(choices=[("", "–"), *rows], **more)


class PlanForm(forms.Form):
    """The inputs of a strategy: cost, budget, assumptions and segment, as far as it uses them."""

    def __init__(
        self, strategy: Strategy, user: User | AnonymousUser, *args: Any, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.strategy = strategy
        if isinstance(strategy, ContactStrategy):
            self.fields[COST] = AmountField(
                MONEY,
                label=_("Cost of a contact"),
                help_text=_("What it costs to reach one customer. Left empty: nothing."),
            )
        if isinstance(strategy, ContactStrategy) or strategy.code == BUDGET:
            self.fields[BUDGET] = AmountField(
                MONEY, label=_("Budget"), help_text=_("No more than this is spent.")
            )
        for name in strategy.uses:
            one = ASSUMPTIONS[name]
            self.fields[name] = AmountField(
                one.range, label=str(one.label), help_text=str(one.help)
            )
        if strategy.code != BUDGET:
            self.fields[SEGMENT] = segment_field(
                user,
                required=False,
                label=_("Only members of"),
                help_text=_("A segment. Left empty: everybody."),
            )

    def question(self, campaigns: Sequence[Campaign] = ()) -> Question:
        """Return the question for the plan; the form must be valid."""
        said = self.cleaned_data
        given = {name: said.get(name) for name in self.strategy.uses}
        return Question(
            self.strategy.code,
            budget=said.get(BUDGET),
            cost_per_contact=said.get(COST) or Decimal(0),
            assumptions={name: one for name, one in given.items() if one is not None},
            segment=said.get(SEGMENT) or None,
            campaigns=campaigns,
        )

    def say(self, problems: Sequence[Problem]) -> None:
        """Add problems as errors to the fields they concern, else to the form."""
        for one in problems:
            field = one.path.rpartition(".")[2]
            self.add_error(field if field in self.fields else None, one.message)


class CampaignForm(forms.Form):
    """A line for one campaign; an empty line is ignored."""

    def __init__(self, user: User | AnonymousUser, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["code"] = forms.CharField(
            required=False, max_length=64, label=_("Campaign"), strip=True
        )
        self.fields[SEGMENT] = segment_field(user, required=False, label=_("Segment"))
        self.fields[COST] = AmountField(MONEY, label=_("Cost of a contact"))
        self.fields[UPLIFT] = AmountField(
            ASSUMPTIONS[UPLIFT].range, label=str(ASSUMPTIONS[UPLIFT].label)
        )
        self.fields["value"] = forms.ChoiceField(
            required=False, choices=[("", "–"), *VALUES.items()], label=_("Brings a part of")
        )
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.is_empty:
            for name in ("code", SEGMENT, COST, "value"):
                if name not in self.errors and said.get(name) in (None, ""):
                    self.add_error(name, _("This is needed of each campaign."))
        return said

    @property
    def is_empty(self) -> bool:
        """Whether all fields of the line are blank."""
        return not any(
            str(self.data.get(self.add_prefix(name), "")).strip() for name in self.fields
        )

    def campaign(self) -> Campaign:
        """Return the campaign; the line must be valid and not empty."""
        said = self.cleaned_data
        return Campaign(said["code"], said[SEGMENT], said[COST], said[UPLIFT], said["value"])


class CampaignLines:
    """All lines of campaigns; the parameter `rows` has the number of lines sent."""

    ROWS = "rows"

    def __init__(
        self,
        user: User | AnonymousUser,
        sent: Mapping[str, Any] | None,
        stored: Sequence[Mapping[str, str]] = (),
        more: int = 0,
    ) -> None:
        asked = "" if sent is None else str(sent.get(self.ROWS, ""))
        count = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 3 else 0
        count = max(count, len(stored), LEAST_CAMPAIGNS) + more
        self.count = min(count, MOST_CAMPAIGNS)
        self.may_grow = self.count < MOST_CAMPAIGNS
        self.forms = [
            CampaignForm(
                user,
                sent,
                prefix=f"campaign-{number}",
                initial=_initial(stored[number]) if number < len(stored) else {},
            )
            for number in range(self.count)
        ]

    def __iter__(self) -> Iterator[CampaignForm]:
        return iter(self.forms)

    @property
    def filled(self) -> list[CampaignForm]:
        """The lines that are not empty."""
        return [one for one in self.forms if not one.is_empty]

    def is_valid(self) -> bool:
        """Return whether all lines are valid; validates each, so that each shows its errors."""
        found = [one.is_valid() for one in self.forms]
        return all(found)

    def campaigns(self) -> list[Campaign]:
        """Return the campaigns; all lines must be valid."""
        return [one.campaign() for one in self.filled]

    def say(self, problems: Sequence[Problem]) -> list[Problem]:
        """Add problems of a line as errors to its fields; return the problems of no single line."""
        others = []
        for one in problems:
            number, _bracket, field = one.path.removeprefix("campaigns[").partition("].")
            if field and number.isdecimal():
                self.filled[int(number)].add_error(field, one.message)
            else:
                others.append(one)
        return others


class KeepForm(forms.Form):
    """The name under which a plan is saved."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off"}),
        validators=[check_name],
    )


class SegmentForm(forms.Form):
    """The name and the code of the segment that is created from a plan."""

    segment_name = forms.CharField(label=gettext_lazy("Name of the segment"), max_length=255)
    segment_code = forms.CharField(
        label=gettext_lazy("Code of the segment"),
        max_length=64,
        help_text=gettext_lazy("Letters without accents, digits, - and _; it never changes."),
    )


def stored_values(question: Question) -> dict[str, Any]:
    """Return a question in the form of `Strategy.values`: texts by name."""
    found: dict[str, Any] = {name: f"{one:f}" for name, one in question.assumptions.items()}
    if question.budget is not None:
        found[BUDGET] = f"{question.budget:f}"
    if question.cost_per_contact:
        found[COST] = f"{question.cost_per_contact:f}"
    if question.segment is not None:
        found[SEGMENT] = question.segment
    if question.campaigns:
        found["campaigns"] = [
            {
                "code": one.code,
                SEGMENT: one.segment,
                COST: f"{one.cost_per_contact:f}",
                UPLIFT: "" if one.uplift is None else f"{one.uplift:f}",
                "value": one.value,
            }
            for one in question.campaigns
        ]
    return found


def initial_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the initial values of a form from stored values, with localized numbers."""
    return _initial({name: one for name, one in values.items() if isinstance(one, str)})


def _initial(values: Mapping[str, str]) -> dict[str, str]:
    texts = ("code", SEGMENT, "value")
    return {name: one if name in texts else spell_number(one) for name, one in values.items()}
