"""The steps of a sequence in its form; empty rows are ignored."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.sequences.delays import MINUTES, UNITS, number_and_unit
from campaigns.editing.steps import MOST_STEPS
from campaigns.models import MailTemplate, Step
from core.forms.numbers import TypedIntegerField
from price_rules.models import CartPriceRule, CouponKind

# The number of empty rows without JavaScript; with it, a button adds rows.
SPARE = 3
Choices = list[tuple[str, str]]


class StepForm(forms.Form):
    """A step; `number` is its number in the stored sequence."""

    number = TypedIntegerField(widget=forms.HiddenInput, required=False)
    delay = TypedIntegerField(label=gettext_lazy("After"))
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS, initial="hours")
    template = forms.ChoiceField(label=gettext_lazy("Template"))
    coupon_rule = forms.ChoiceField(label=gettext_lazy("Coupon of"), required=False)
    coupon_days = TypedIntegerField(label=gettext_lazy("Good for days"), initial=0)
    coupon_prefix = forms.CharField(
        label=gettext_lazy("Code begins with"), required=False, max_length=64
    )
    is_active = forms.BooleanField(label=gettext_lazy("Is sent"), required=False, initial=True)

    def __init__(self, *args: Any, templates: Choices, rules: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = templates  # type: ignore[attr-defined]
        self.fields["coupon_rule"].choices = rules  # type: ignore[attr-defined]

    # The name of the field in the form.
    called = 0

    @property
    def is_spare(self) -> bool:
        """Return whether the row was left empty."""
        return self.empty_permitted and not (self.is_bound and self.has_changed())

    def say(self, column: str, message: str) -> None:
        """Add an error to a column of the step."""
        name = "delay" if column == "delay_minutes" else column
        shown = name if name in self.fields and name != "number" else None
        self.add_error(shown, message)

    def document(self, number: int) -> dict[str, Any]:
        """Return the entered step; a new one gets `number`."""
        data = self.cleaned_data
        return {
            "number": data["number"] or number,
            "delay_minutes": data["delay"] * MINUTES[data["unit"]],
            "template": data["template"],
            "coupon_rule": data["coupon_rule"] or None,
            "coupon_days": data["coupon_days"],
            "coupon_prefix": data["coupon_prefix"],
            "is_active": data["is_active"],
        }


class BaseSteps(forms.BaseFormSet[StepForm]):
    """All steps of a form."""

    # Of a new sequence: the values of its rows, in the address that leads back to the form.
    carried: Mapping[str, str] | None = None

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Propose that the first step is sent at once, and in a new sequence has the only mail."""
        kwargs: dict[str, Any] = super().get_form_kwargs(index)
        if index is None or self.initial:
            return kwargs
        begin: dict[str, Any] = {"delay": 0} if index == 0 else {}
        if not self.is_bound and self.carried is not None:
            asked = f"{self.add_prefix(index)}-"
            begin |= {
                name.removeprefix(asked): value
                for name, value in self.carried.items()
                if name.startswith(asked)
            }
            codes = [code for code, _name in self.form_kwargs["templates"] if code]
            if index == 0 and len(codes) == 1 and not begin.get("template"):
                begin["template"] = codes[0]
        return kwargs | {"initial": begin} if begin else kwargs

    def clean(self) -> None:
        """Raise ValidationError for missing rows and for numbers that no stored step has."""
        stored = [one["number"] for one in self.initial or ()]
        sent = [form.cleaned_data.get("number") for form in self.forms[: len(stored)]]
        new = [form.cleaned_data.get("number") for form in self.forms[len(stored) :]]
        if sent != stored or any(new):
            text = _("These are not the steps that the page showed: open it anew.")
            raise forms.ValidationError(text, code="other_steps")

    def offers(self, kind: str) -> bool:
        """Return whether a step can choose any of the `kind`, "templates" or "rules"."""
        return any(code for code, _name in self.form_kwargs[kind])

    def called(self) -> Iterator[StepForm]:
        """Yield the rows, each with its displayed number."""
        last = 0
        for form in self.forms:
            last = (form.initial or {}).get("number") or last + 1
            form.called = last
            yield form

    @property
    def blank(self) -> StepForm:
        """A template row that the script copies and numbers."""
        return self.empty_form

    def written(self) -> list[StepForm]:
        """Return the rows that are to be steps."""
        gone = self.deleted_forms
        return [form for form in self.called() if form not in gone and not form.is_spare]

    def documents(self) -> list[dict[str, Any]]:
        """Return the entered steps; new ones follow the stored ones."""
        known = [form.cleaned_data.get("number") or 0 for form in self.forms if not form.is_spare]
        last = max(known, default=0)
        found = []
        for form in self.written():
            last += not form.cleaned_data["number"]
            found.append(form.document(last))
        return found

    def problems(self) -> Iterator[str]:
        """Yield the errors, each with its step and column."""
        yield from (str(one) for one in self.non_form_errors())
        for form in self.called():
            if self._should_delete_form(form):  # type: ignore[attr-defined]
                continue
            for name, messages in form.errors.items():
                label = form.fields[name].label if name in form.fields else ""
                for message in messages:
                    values = {"number": form.called, "column": label, "message": message}
                    if label:
                        yield _("Step %(number)s, %(column)s: %(message)s") % values
                    else:
                        yield _("Step %(number)s: %(message)s") % values


Steps = forms.formset_factory(
    StepForm,
    BaseSteps,
    extra=SPARE,
    max_num=MOST_STEPS,
    validate_max=True,
    absolute_max=MOST_STEPS + SPARE,
    can_delete=True,
)


def steps_of(data: Any, stored: Sequence[Step], carried: Mapping[str, str] | None) -> BaseSteps:
    """Return the form set for a sequence's `stored` steps, bound to `data` if submitted.

    `carried` are values of a new sequence's rows by the names of their inputs; None for a stored
    sequence.
    """
    found: Any = Steps(
        data,
        prefix="steps",
        initial=[_initial(step) for step in stored],
        form_kwargs={
            "templates": [("", "---------"), *_templates()],
            "rules": [("", "---------"), *_rules({step.coupon_rule_id for step in stored})],
        },
    )
    assert isinstance(found, BaseSteps)
    found.carried = carried
    return found


def _initial(step: Step) -> dict[str, Any]:
    delay, unit = number_and_unit(step.delay_minutes)
    return {
        "number": step.number,
        "delay": delay,
        "unit": unit,
        "template": step.template.code,
        "coupon_rule": step.coupon_rule.code if step.coupon_rule else "",
        "coupon_days": step.coupon_days,
        "coupon_prefix": step.coupon_prefix,
        "is_active": step.is_active,
    }


def _templates() -> Choices:
    return list(MailTemplate.objects.order_by("name_folded", "pk").values_list("code", "name"))


def _rules(kept: Collection[int | None]) -> Choices:
    """Return the price rules that issue coupons, and those of stored steps."""
    rules = CartPriceRule.objects.filter(
        Q(coupon=CouponKind.GENERATED, is_active=True) | Q(pk__in=[one for one in kept if one])
    )
    found = rules.order_by("name_folded", "pk").values_list("code", "name", "is_active")
    return [
        (code, name if is_active else _("%(name)s (not active)") % {"name": name})
        for code, name, is_active in found
    ]
